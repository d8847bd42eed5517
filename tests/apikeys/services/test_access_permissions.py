"""Who may ask for, decide, suspend and restore API access."""

from collections.abc import Callable

import pytest

from accounts.actor import Actor, PersonActor, StaffActor
from accounts.errors import PermissionRefused
from accounts.models import AuditEvent, Outcome, StaffRole, Tenant, User
from accounts.roles import Role
from apikeys.models import AccessState
from apikeys.services.api_access import (
    access_of,
    approve_request,
    decline_request,
    enable_access,
    request_access,
    restore_access,
    set_key_limit,
    suspend_access,
    withdraw_request,
)
from apikeys.services.emergency import revoke_all_keys
from apikeys.services.keys import create_key
from tests.apikeys.services.access_steps import ask, bring_to
from tests.factories import acting, disable, make_member, make_person

pytestmark = pytest.mark.django_db

type Step = Callable[[Actor, Tenant], object]

# The types forbid some of these calls; the verbs refuse them all the same.
DECIDING: dict[str, tuple[AccessState, Step]] = {
    "approve": (
        AccessState.REQUESTED,
        lambda actor, tenant: approve_request(actor=actor, tenant=tenant),  # type: ignore[arg-type]
    ),
    "decline": (
        AccessState.REQUESTED,
        lambda actor, tenant: decline_request(actor=actor, tenant=tenant, text="No"),  # type: ignore[arg-type]
    ),
    "enable": (AccessState.NONE, lambda actor, tenant: enable_access(actor=actor, tenant=tenant)),
}
STAFF: dict[str, tuple[AccessState, Step]] = {
    **DECIDING,
    "suspend": (
        AccessState.ENABLED,
        lambda actor, tenant: suspend_access(
            actor=actor,  # type: ignore[arg-type]
            tenant=tenant,
            client_text="Stop",
            internal_note="Note",
        ),
    ),
    "restore": (
        AccessState.SUSPENDED,
        lambda actor, tenant: restore_access(actor=actor, tenant=tenant, reason="Fine"),  # type: ignore[arg-type]
    ),
    "limit": (
        AccessState.ENABLED,
        lambda actor, tenant: set_key_limit(actor=actor, tenant=tenant, limit=3),  # type: ignore[arg-type]
    ),
    "revoke all": (
        AccessState.ENABLED,
        lambda actor, tenant: revoke_all_keys(
            actor=actor,  # type: ignore[arg-type]
            tenant=tenant,
            confirmation=tenant.name,
            reason="Leak",
        ),
    ),
}


def _outsiders(tenant: Tenant, admin: User, manager: User) -> dict[str, Actor]:
    """Everybody who decides nothing about `tenant`."""
    disabled = make_person(staff_role=StaffRole.OPERATOR)
    disable(disabled)
    return {
        "its admin": PersonActor(admin),
        "its admin as staff": StaffActor(admin),
        "its GL": PersonActor(make_member(tenant, Role.GL)),
        "its viewer": PersonActor(make_member(tenant, Role.VIEWER)),
        "another portfolio's manager": StaffActor(
            make_person(staff_role=StaffRole.RELATIONSHIP_MANAGER)
        ),
        "a disabled operator": StaffActor(disabled),
        "its manager as a person": PersonActor(manager),
        "an operator as a person": PersonActor(make_person(staff_role=StaffRole.OPERATOR)),
    }


@pytest.mark.parametrize("step", STAFF)
def test_it_refuses_everybody_else(step: str, juniper: Tenant, nina: User, rita: User) -> None:
    state, verb = STAFF[step]
    bring_to(state, juniper, nina, rita)
    for name, actor in _outsiders(juniper, nina, rita).items():
        with pytest.raises(PermissionRefused):
            verb(actor, juniper)
        assert access_of(juniper).state == state, name


@pytest.mark.parametrize("step", STAFF)
def test_it_refuses_a_manager_who_was_disabled_since_they_signed_in(
    step: str, juniper: Tenant, nina: User, rita: User
) -> None:
    state, verb = STAFF[step]
    bring_to(state, juniper, nina, rita)
    actor = StaffActor(User.objects.get(pk=rita.pk))
    disable(rita)
    assert actor.user.is_active
    with pytest.raises(PermissionRefused):
        verb(actor, juniper)


@pytest.mark.parametrize("who", ["rita", "oscar"])
@pytest.mark.parametrize("step", STAFF)
def test_it_obeys_the_manager_and_every_operator(
    request: pytest.FixtureRequest, step: str, who: str, juniper: Tenant, nina: User, rita: User
) -> None:
    state, verb = STAFF[step]
    bring_to(state, juniper, nina, rita)
    verb(StaffActor(request.getfixturevalue(who)), juniper)
    assert AuditEvent.objects.latest("id").actor_label == who.title()


def test_it_writes_down_who_was_refused(juniper: Tenant, nina: User, rita: User) -> None:
    ask(juniper, nina)
    with pytest.raises(PermissionRefused):
        approve_request(actor=StaffActor(make_person("Rob")), tenant=juniper)
    refusal = AuditEvent.objects.get(outcome=Outcome.REFUSED)
    assert (refusal.event, refusal.actor_label, refusal.tenant) == (
        "access.approved",
        "Rob",
        juniper,
    )


@pytest.mark.parametrize("role", [Role.VIEWER, Role.GL])
def test_only_admins_ask_and_withdraw(role: Role, juniper: Tenant, nina: User) -> None:
    member = make_member(juniper, role)
    with pytest.raises(PermissionRefused):
        ask(juniper, member)
    ask(juniper, nina)
    with pytest.raises(PermissionRefused):
        withdraw_request(actor=acting(member), tenant=juniper)


@pytest.mark.parametrize("who", ["rita", "oscar"])
def test_staff_ask_for_nobody_and_create_no_keys(
    request: pytest.FixtureRequest, who: str, juniper: Tenant, northwind: Tenant
) -> None:
    staff = StaffActor(request.getfixturevalue(who))
    with pytest.raises(PermissionRefused):
        request_access(actor=staff, tenant=juniper, reason="For them")  # type: ignore[arg-type]
    with pytest.raises(PermissionRefused):
        create_key(actor=staff, tenant=northwind, email="a@example.com")


def test_another_admin_may_withdraw_the_request(juniper: Tenant, nina: User) -> None:
    ask(juniper, nina)
    withdraw_request(actor=acting(make_member(juniper, Role.ADMIN)), tenant=juniper)
    assert access_of(juniper).state == AccessState.NONE
