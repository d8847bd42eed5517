"""Two admins who end each other's rights at once leave one."""

from collections.abc import Callable

import pytest

from accounts.errors import LastAdmin, PermissionRefused
from accounts.models import Membership, Tenant, User
from accounts.roles import Role
from accounts.services.memberships import change_member_role, leave_tenant, remove_member
from tests.factories import acting, make_member, make_tenant
from tests.racing import Task, overtake, race, rounds

pytestmark = pytest.mark.django_db(transaction=True)


def _membership(user: User) -> Membership:
    return Membership.objects.get(user=user, ended_at=None)


def _demoting(actor: User, member: User) -> Task:
    membership = _membership(member)
    return lambda: change_member_role(actor=acting(actor), membership=membership, role=Role.GL)


def _removing(actor: User, member: User) -> Task:
    membership = _membership(member)
    return lambda: remove_member(actor=acting(actor), membership=membership)


def _leaving(actor: User, _: User) -> Task:
    membership = _membership(actor)
    return lambda: leave_tenant(actor=acting(actor), membership=membership)


def _admins(tenant: Tenant) -> int:
    return Membership.objects.current().filter(tenant=tenant, role=Role.ADMIN).count()


@pytest.mark.parametrize(
    ("ending", "refusal"),
    [(_demoting, PermissionRefused), (_removing, PermissionRefused), (_leaving, LastAdmin)],
)
def test_the_second_is_refused_who_waited_for_the_first(
    ending: Callable[[User, User], Task],
    refusal: type[Exception],
    northwind: Tenant,
    alice: User,
) -> None:
    anna = make_member(northwind, Role.ADMIN, "Anna")
    overtaken = overtake(ending(anna, alice), first=ending(alice, anna))
    assert overtaken.waited
    assert isinstance(overtaken.outcome, refusal)
    assert _admins(northwind) == 1


@pytest.mark.prove
@pytest.mark.parametrize("ending", [_demoting, _removing, _leaving])
def test_one_admin_is_left_of_four(ending: Callable[[User, User], Task]) -> None:
    for _ in range(rounds(2, 100)):
        tenant = make_tenant()
        admins = [make_member(tenant, Role.ADMIN) for _ in range(4)]
        following = [*admins[1:], admins[0]]
        race([ending(actor, member) for actor, member in zip(admins, following, strict=True)])
        assert _admins(tenant) >= 1
