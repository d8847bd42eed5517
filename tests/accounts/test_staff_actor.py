"""What the platform's staff may do, and that it is never mixed with a membership."""

import pytest

from accounts.actor import PersonActor, StaffActor
from accounts.models import AuditEvent, Membership, StaffRole, Tenant, User
from accounts.roles import STAFF_PERMISSIONS, Permission, Role
from accounts.services.memberships import add_member
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.factories import PLATFORM, disable, make_person

pytestmark = pytest.mark.django_db


def _held(actor: PersonActor | StaffActor, tenant: Tenant) -> set[Permission]:
    return {permission for permission in Permission if actor.may(permission, tenant)}


def test_a_manager_holds_the_managers_rights_in_the_portfolio_alone(
    northwind: Tenant, contoso: Tenant, rita: User
) -> None:
    actor = StaffActor(rita)
    assert _held(actor, northwind) == STAFF_PERMISSIONS[StaffRole.RELATIONSHIP_MANAGER]
    assert _held(actor, contoso) == set()


def test_an_operator_holds_the_operators_rights_everywhere(
    northwind: Tenant, contoso: Tenant, oscar: User
) -> None:
    for tenant in (northwind, contoso):
        assert _held(StaffActor(oscar), tenant) == STAFF_PERMISSIONS[StaffRole.OPERATOR]


@pytest.mark.parametrize("who", ["rita", "oscar"])
@pytest.mark.parametrize("role", Role)
def test_a_member_only_reads_as_staff(
    request: pytest.FixtureRequest, who: str, role: Role, northwind: Tenant
) -> None:
    user: User = request.getfixturevalue(who)
    add_member(actor=PLATFORM, tenant=northwind, user=user, role=role)
    assert _held(StaffActor(user), northwind) == {Permission.READ_KEYS, Permission.READ_USERS}
    assert not StaffActor(user).may_grant(Role.VIEWER, northwind)


@pytest.mark.parametrize("role", StaffRole)
def test_nobody_on_the_staff_may_create_keys(role: StaffRole) -> None:
    assert Permission.CREATE_KEYS not in STAFF_PERMISSIONS[role]
    assert Permission.REQUEST_ACCESS not in STAFF_PERMISSIONS[role]


def test_staff_carry_no_role(northwind: Tenant, rita: User, oscar: User) -> None:
    assert [StaffActor(user).role_in(northwind) for user in (rita, oscar)] == [None, None]
    assert [StaffActor(user).may_grant(Role.VIEWER, northwind) for user in (rita, oscar)] == [
        False,
        True,
    ]


def test_a_person_has_none_of_the_rights_of_their_staff_role(
    northwind: Tenant, rita: User, oscar: User
) -> None:
    for user in (rita, oscar):
        assert _held(PersonActor(user), northwind) == set()
        assert not Tenant.objects.visible_to(PersonActor(user)).exists()


def test_staff_have_none_of_the_rights_of_their_membership(
    northwind: Tenant, contoso: Tenant, rita: User
) -> None:
    for tenant in (northwind, contoso):
        add_member(actor=PLATFORM, tenant=tenant, user=rita, role=Role.ADMIN)
    assert not StaffActor(rita).may(Permission.CREATE_KEYS, northwind)
    assert _held(StaffActor(rita), contoso) == set()
    assert not PersonActor(rita).may(Permission.SUSPEND_ACCESS, northwind)


@pytest.mark.parametrize("model", [Tenant, Membership, AuditEvent, ApiKey])
def test_staff_see_the_rows_of_their_tenants(  # noqa: PLR0913, PLR0917  # two tenants, two people
    model: type[Tenant],
    northwind: Tenant,
    rita: User,
    oscar: User,
    payroll: CreatedKey,
    foreign_key: CreatedKey,
) -> None:
    seen = model.objects.visible_to(StaffActor(rita))
    assert seen.exists()
    assert list(seen) == list(model.objects.filter(**{model.tenant_path: northwind.pk}))
    assert set(model.objects.visible_to(StaffActor(oscar))) == set(model.objects.all())
    assert seen.count() < model.objects.count()


@pytest.mark.parametrize("who", ["rita", "oscar", "alice"])
def test_who_is_disabled_or_no_staff_holds_and_sees_nothing(
    request: pytest.FixtureRequest, who: str, northwind: Tenant
) -> None:
    user: User = request.getfixturevalue(who)
    if user.staff_role:
        disable(user)
    assert _held(StaffActor(user), northwind) == set()
    assert not Tenant.objects.visible_to(StaffActor(user)).exists()
    assert not StaffActor(user).operates


def test_it_reads_the_rights_again(northwind: Tenant, rita: User) -> None:
    actor = StaffActor(rita)
    User.objects.filter(pk=rita.pk).update(staff_role="")
    assert actor.staff_role == StaffRole.RELATIONSHIP_MANAGER
    assert actor.reread().staff_role is None


def test_it_is_written_down_as_the_person(rita: User) -> None:
    assert StaffActor(rita).stamp == PersonActor(rita).stamp


def test_somebody_new_is_no_staff() -> None:
    assert StaffActor(make_person()).staff_role is None
