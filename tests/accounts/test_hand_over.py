"""Handing a tenant to another relationship manager."""

import pytest

from accounts.actor import Actor, StaffActor
from accounts.errors import Invalid, PermissionRefused
from accounts.models import AuditEvent, StaffRole, Tenant, User
from accounts.roles import Permission, Role
from accounts.services.invitations import invite_first_admin
from accounts.services.memberships import add_member
from accounts.services.tenants import hand_over_tenant
from tests.factories import PLATFORM, acting, disable, make_person, make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def rolf(db: None) -> User:
    """Another relationship manager."""
    return make_person("Rolf", staff_role=StaffRole.RELATIONSHIP_MANAGER)


def _hand_over(actor: Actor, tenant: Tenant, manager: User) -> None:
    hand_over_tenant(actor=actor, tenant=tenant, manager=manager)  # type: ignore[arg-type]


def test_the_new_manager_has_it_and_the_old_one_has_lost_it(
    northwind: Tenant, rita: User, rolf: User, oscar: User
) -> None:
    _hand_over(StaffActor(oscar), northwind, rolf)
    assert list(Tenant.objects.visible_to(StaffActor(rolf))) == [northwind]
    assert not Tenant.objects.visible_to(StaffActor(rita)).exists()
    tenant = Tenant.objects.get()
    assert StaffActor(rolf).may(Permission.SUSPEND_ACCESS, tenant)
    assert not StaffActor(rita).may(Permission.READ_KEYS, tenant)
    event = AuditEvent.objects.latest("id")
    assert (event.event, event.actor_label) == ("tenant.handed_over", "Oscar")
    assert event.data == {"was": "Rita", "now": "Rolf"}


def test_it_takes_a_tenant_that_nobody_managed(contoso: Tenant, rolf: User, oscar: User) -> None:
    _hand_over(StaffActor(oscar), contoso, rolf)
    assert AuditEvent.objects.latest("id").data == {"was": "", "now": "Rolf"}


def test_the_old_managers_invitation_ends_and_the_new_one_invites(
    rita: User, rolf: User, oscar: User
) -> None:
    tenant = make_tenant(relationship_manager=rita)
    sent = invite_first_admin(actor=StaffActor(rita), tenant=tenant, email="ida@example.com")
    _hand_over(StaffActor(oscar), tenant, rolf)
    sent.refresh_from_db()
    assert not sent.is_open
    again = invite_first_admin(actor=StaffActor(rolf), tenant=tenant, email="ida@example.com")
    assert again.is_open


def test_it_writes_nothing_for_the_same_manager(northwind: Tenant, rita: User, oscar: User) -> None:
    events = AuditEvent.objects.count()
    _hand_over(StaffActor(oscar), northwind, rita)
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("whom", ["disabled", "an operator", "nobody of the staff", "a member"])
def test_it_goes_to_active_managers_alone(
    whom: str, northwind: Tenant, rita: User, rolf: User, oscar: User
) -> None:
    stale = User.objects.get(pk=rolf.pk)
    match whom:
        case "disabled":
            disable(rolf)
        case "a member":
            add_member(actor=PLATFORM, tenant=northwind, user=rolf, role=Role.VIEWER)
        case "an operator":
            User.objects.filter(pk=rolf.pk).update(staff_role=StaffRole.OPERATOR)
        case _:
            User.objects.filter(pk=rolf.pk).update(staff_role="")
    with pytest.raises(Invalid) as refused:
        _hand_over(StaffActor(oscar), northwind, stale)
    assert set(refused.value.errors) == {"manager"}
    assert Tenant.objects.get().relationship_manager == rita


def test_only_operators_hand_over(
    northwind: Tenant, rita: User, rolf: User, oscar: User, alice: User
) -> None:
    for actor in (StaffActor(rita), StaffActor(rolf), acting(oscar), acting(alice)):
        with pytest.raises(PermissionRefused):
            _hand_over(actor, northwind, rolf)
    assert Tenant.objects.get().relationship_manager == rita
