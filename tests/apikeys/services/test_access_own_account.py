"""Nobody of the platform decides anything about an account that they are a member of."""

from collections.abc import Callable

import pytest

from accounts.actor import StaffActor
from accounts.errors import OwnAccountRefused
from accounts.models import AuditEvent, Membership, StaffRole, Tenant, User
from accounts.roles import Permission, Role
from accounts.services.invitations import accept_invitation, invite_first_admin, invite_member
from accounts.services.memberships import add_member, change_member_role, remove_member
from accounts.services.tenants import hand_over_tenant
from apikeys.models import AccessState, ApiKey
from apikeys.services.api_access import access_of, approve_request
from apikeys.services.keys import assign_role, edit_key, revoke_key
from tests.apikeys.services.access_steps import all_rows, ask, bring_to
from tests.apikeys.services.test_access_permissions import STAFF, Step
from tests.factories import PLATFORM, acting, end_membership, make_key, make_person
from tests.racing import overtake

pytestmark = pytest.mark.django_db


def _key(tenant: Tenant) -> ApiKey:
    return ApiKey.objects.get(tenant=tenant)


def _nina(tenant: Tenant) -> Membership:
    return Membership.objects.get(tenant=tenant, role=Role.ADMIN)


# The types forbid some of these calls; the verbs refuse them all the same.
EVERYBODYS: dict[str, tuple[AccessState, Step]] = STAFF | {
    "delete a key": (
        AccessState.ENABLED,
        lambda actor, tenant: revoke_key(actor=actor, key=_key(tenant), reason="Leak"),
    ),
    "invite the first admin": (
        AccessState.ENABLED,
        lambda actor, tenant: invite_first_admin(
            actor=actor,
            tenant=tenant,
            email="guest@example.com",
        ),
    ),
}
OPERATORS: dict[str, Callable[[StaffActor, Tenant], object]] = {
    "hand over": lambda actor, tenant: hand_over_tenant(
        actor=actor, tenant=tenant, manager=User.objects.get(name="Rolf")
    ),
    "invite a member": lambda actor, tenant: invite_member(
        actor=actor, tenant=tenant, email="guest@example.com", role=Role.GL
    ),
    "raise themselves": lambda actor, tenant: add_member(
        actor=actor, tenant=tenant, user=actor.user, role=Role.ADMIN
    ),
    "demote the admin": lambda actor, tenant: change_member_role(
        actor=actor, membership=_nina(tenant), role=Role.GL
    ),
    "remove the admin": lambda actor, tenant: remove_member(actor=actor, membership=_nina(tenant)),
    "rename a key": lambda actor, tenant: edit_key(actor=actor, key=_key(tenant), name="Mine"),
    "raise a key": lambda actor, tenant: assign_role(
        actor=actor, key=_key(tenant), role=Role.ADMIN
    ),
}


def _refused(verb: Callable[[], object]) -> None:
    """Assert that it is refused, with words and an event, and that it changes nothing else."""
    before = all_rows()
    with pytest.raises(OwnAccountRefused, match="^You are a member of this account, so you decide"):
        verb()
    event = AuditEvent.objects.latest("id")
    assert event.data == {"code": "own_account"}
    assert {**all_rows(), "AuditEvent": before["AuditEvent"]} == before


@pytest.mark.parametrize("who", ["rita", "oscar"])
@pytest.mark.parametrize("step", EVERYBODYS)
def test_no_member_decides_as_staff(
    request: pytest.FixtureRequest, step: str, who: str, juniper: Tenant, nina: User, rita: User
) -> None:
    staff: User = request.getfixturevalue(who)
    state, verb = EVERYBODYS[step]
    bring_to(state, juniper, nina, rita)
    if state == AccessState.ENABLED:
        make_key(juniper)
    add_member(actor=PLATFORM, tenant=juniper, user=staff, role=Role.VIEWER)
    _refused(lambda: verb(StaffActor(staff), juniper))


@pytest.mark.parametrize("step", OPERATORS)
def test_no_member_decides_as_an_operator(
    step: str, juniper: Tenant, nina: User, rita: User, oscar: User
) -> None:
    bring_to(AccessState.ENABLED, juniper, nina, rita)
    make_key(juniper)
    make_person("Rolf", staff_role=StaffRole.RELATIONSHIP_MANAGER)
    add_member(actor=PLATFORM, tenant=juniper, user=oscar, role=Role.GL)
    _refused(lambda: OPERATORS[step](StaffActor(oscar), juniper))


@pytest.mark.parametrize("role", Role)
def test_the_role_does_not_matter(role: Role, juniper: Tenant, nina: User, rita: User) -> None:
    ask(juniper, nina)
    add_member(actor=PLATFORM, tenant=juniper, user=rita, role=role)
    _refused(lambda: approve_request(actor=StaffActor(rita), tenant=juniper))


def test_who_left_decides_again(juniper: Tenant, nina: User, rita: User) -> None:
    ask(juniper, nina)
    add_member(actor=PLATFORM, tenant=juniper, user=rita, role=Role.VIEWER)
    end_membership(rita, juniper)
    approve_request(actor=StaffActor(rita), tenant=juniper)
    assert access_of(juniper).state == AccessState.ENABLED


def test_an_invitation_alone_takes_no_right_away(juniper: Tenant, nina: User, rita: User) -> None:
    """Or an account could keep its manager from suspending it."""
    ask(juniper, nina)
    invite_member(actor=acting(nina), tenant=juniper, email=rita.email, role=Role.VIEWER)
    approve_request(actor=StaffActor(rita), tenant=juniper)
    assert access_of(juniper).state == AccessState.ENABLED


def test_a_manager_hears_of_the_operators(
    juniper: Tenant, nina: User, rita: User, oscar: User
) -> None:
    ask(juniper, nina)
    for member in (rita, make_person("Olga", staff_role=StaffRole.OPERATOR)):
        add_member(actor=PLATFORM, tenant=juniper, user=member, role=Role.VIEWER)
    with pytest.raises(OwnAccountRefused, match=rf"Ask Oscar \({oscar.email}\)\.$"):
        approve_request(actor=StaffActor(rita), tenant=juniper)


def test_an_operator_hears_of_the_manager(
    juniper: Tenant, nina: User, rita: User, oscar: User
) -> None:
    ask(juniper, nina)
    add_member(actor=PLATFORM, tenant=juniper, user=oscar, role=Role.VIEWER)
    with pytest.raises(OwnAccountRefused, match=rf"Ask Rita \({rita.email}\)\.$"):
        approve_request(actor=StaffActor(oscar), tenant=juniper)


def test_it_says_that_nobody_is_left_to_ask(juniper: Tenant, nina: User, rita: User) -> None:
    ask(juniper, nina)
    add_member(actor=PLATFORM, tenant=juniper, user=rita, role=Role.VIEWER)
    with pytest.raises(OwnAccountRefused, match=r"Ask for another operator, since none can decide"):
        approve_request(actor=StaffActor(rita), tenant=juniper)


@pytest.mark.django_db(transaction=True)
def test_who_becomes_a_member_meanwhile_does_not_decide(
    juniper: Tenant, nina: User, rita: User
) -> None:
    ask(juniper, nina)
    invitation = invite_member(
        actor=acting(nina), tenant=juniper, email=rita.email, role=Role.VIEWER
    )
    actor = StaffActor(rita)
    assert actor.may(Permission.DECIDE_ACCESS, juniper)  # as the page asked, before the lock
    overtaken = overtake(
        lambda: approve_request(actor=actor, tenant=juniper),
        first=lambda: accept_invitation(actor=acting(rita), invitation=invitation),
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, OwnAccountRefused)
    assert access_of(juniper).state == AccessState.REQUESTED
