"""Decisions about access and people, their events and their mails happen together or not at all."""

from collections.abc import Callable, Iterator

import pytest
from django.db import DatabaseError

from accounts.actor import StaffActor
from accounts.models import Membership, StaffRole, Tenant, User
from accounts.roles import Role
from accounts.services.invitations import (
    accept_invitation,
    cancel_invitation,
    invite_member,
    join_as_new_person,
    resend_invitation,
)
from accounts.services.memberships import change_member_role, leave_tenant, remove_member
from accounts.services.people import disable_person, enable_person, set_staff_role
from accounts.services.tenants import hand_over_tenant
from apikeys.models import AccessState
from apikeys.services.api_access import (
    approve_request,
    decline_request,
    enable_access,
    restore_access,
    set_key_limit,
    withdraw_request,
)
from apikeys.services.emergency import revoke_all_keys
from apikeys.services.keys import CreatedKey
from apikeys.services.onboarding import onboard_tenant
from tests.apikeys.services.access_steps import ask, bring_to, suspend
from tests.apikeys.services.test_audit_failure import BREAK, MEND
from tests.database_roles import as_owner, dump
from tests.factories import PASSWORD, PLATFORM, acting, disable, make_member, make_person

pytestmark = pytest.mark.django_db(transaction=True)

type Prepared = Callable[[], object]


@pytest.fixture
def access(juniper: Tenant, nina: User, rita: User) -> Callable[[str], Prepared]:
    """Bring Juniper to where a verb starts; the verb, ready to be called."""
    manager = StaffActor(rita)
    verbs: dict[str, tuple[AccessState, Prepared]] = {
        "request": (AccessState.NONE, lambda: ask(juniper, nina)),
        "withdraw": (
            AccessState.REQUESTED,
            lambda: withdraw_request(actor=acting(nina), tenant=juniper),
        ),
        "approve": (
            AccessState.REQUESTED,
            lambda: approve_request(actor=manager, tenant=juniper),
        ),
        "decline": (
            AccessState.REQUESTED,
            lambda: decline_request(actor=manager, tenant=juniper, text="No"),
        ),
        "enable": (AccessState.REQUESTED, lambda: enable_access(actor=manager, tenant=juniper)),
        "suspend": (AccessState.ENABLED, lambda: suspend(juniper, rita)),
        "restore": (
            AccessState.SUSPENDED,
            lambda: restore_access(actor=manager, tenant=juniper, reason="Fine"),
        ),
        "limit": (
            AccessState.ENABLED,
            lambda: set_key_limit(actor=manager, tenant=juniper, limit=3),
        ),
        "onboard": (
            AccessState.NONE,
            lambda: onboard_tenant(
                actor=manager, name="New", kind="partner", admin_email="n@example.com"
            ),
        ),
    }

    def prepare(name: str) -> Prepared:
        state, verb = verbs[name]
        bring_to(state, juniper, nina, rita)
        return verb

    return prepare


@pytest.fixture
def people(
    northwind: Tenant, alice: User, bob: User, rita: User, oscar: User, payroll: CreatedKey
) -> dict[str, Prepared]:
    """Verbs about people, ready to be called."""
    admin, operator = acting(alice), StaffActor(oscar)
    membership = Membership.objects.get(user=bob)
    invitation = invite_member(actor=admin, tenant=northwind, email="g@example.com", role=Role.GL)
    second = invite_member(actor=admin, tenant=northwind, email="n@example.com", role=Role.GL)
    guest = make_person("Gus", email="g@example.com")
    other = make_person("Rolf", staff_role=StaffRole.RELATIONSHIP_MANAGER)
    stopped = make_member(northwind, Role.GL)
    disable(stopped)
    return {
        "change role": lambda: change_member_role(
            actor=admin, membership=membership, role=Role.VIEWER
        ),
        "remove": lambda: remove_member(actor=admin, membership=membership),
        "leave": lambda: leave_tenant(actor=acting(bob), membership=membership),
        "invite": lambda: invite_member(
            actor=admin, tenant=northwind, email="x@example.com", role=Role.GL
        ),
        "resend": lambda: resend_invitation(actor=admin, invitation=invitation),
        "cancel": lambda: cancel_invitation(actor=admin, invitation=invitation),
        "accept": lambda: accept_invitation(actor=acting(guest), invitation=invitation),
        "join": lambda: join_as_new_person(
            actor=PLATFORM, invitation=second, name="New", password=PASSWORD
        ),
        "hand over": lambda: hand_over_tenant(actor=operator, tenant=northwind, manager=other),
        "staff role": lambda: set_staff_role(actor=operator, person=rita, staff_role=None),
        "disable": lambda: disable_person(actor=operator, person=alice),
        "enable": lambda: enable_person(actor=operator, person=stopped),
        "revoke all": lambda: revoke_all_keys(
            actor=StaffActor(rita), tenant=northwind, confirmation=northwind.name, reason="Leak"
        ),
    }


@pytest.fixture
def broken_trail() -> Iterator[Callable[[], None]]:
    """A switch that lets every insert of an event fail, to the end of the test."""
    with as_owner() as owner:

        def break_trail() -> None:
            owner.execute(BREAK)

        try:
            yield break_trail
        finally:
            owner.execute(MEND.replace("FUNCTION", "FUNCTION IF EXISTS"))


def _does_nothing_without_its_event(verb: Prepared, break_trail: Callable[[], None]) -> None:
    before = dump()
    break_trail()
    with pytest.raises(DatabaseError, match="no room for events"):
        verb()
    assert dump() == before


ACCESS = [
    "request",
    "withdraw",
    "approve",
    "decline",
    "enable",
    "suspend",
    "restore",
    "limit",
    "onboard",
]
PEOPLE = [
    "change role",
    "remove",
    "leave",
    "invite",
    "resend",
    "cancel",
    "accept",
    "join",
    "hand over",
    "staff role",
    "disable",
    "enable",
    "revoke all",
]


@pytest.mark.parametrize("name", ACCESS)
def test_it_decides_nothing_that_it_cannot_write_down(
    name: str, access: Callable[[str], Prepared], broken_trail: Callable[[], None]
) -> None:
    _does_nothing_without_its_event(access(name), broken_trail)


@pytest.mark.parametrize("name", PEOPLE)
def test_it_changes_nobody_whom_it_cannot_write_down(
    name: str, people: dict[str, Prepared], broken_trail: Callable[[], None]
) -> None:
    _does_nothing_without_its_event(people[name], broken_trail)


@pytest.mark.parametrize("name", ACCESS)
def test_it_would_have_decided_it_otherwise(name: str, access: Callable[[str], Prepared]) -> None:
    verb = access(name)
    before = dump()
    verb()
    assert dump() != before


def test_it_tried_every_verb_about_people(people: dict[str, Prepared]) -> None:
    assert list(people) == PEOPLE
