"""Ending somebody's membership, and one's own."""

import pytest

from accounts.actor import StaffActor
from accounts.errors import LastAdmin, PermissionRefused, Refused
from accounts.models import AuditEvent, Membership, Tenant, User
from accounts.roles import Role
from accounts.services.memberships import leave_tenant, remove_member
from apikeys.proof.verify import Passed, verify_secret
from apikeys.services.keys import CreatedKey
from tests.accounts.sessions import is_signed_in
from tests.factories import acting, disable, make_member, signed_in

pytestmark = pytest.mark.django_db


def _membership(user: User) -> Membership:
    return Membership.objects.get(user=user)


def test_it_ends_the_membership_and_the_sessions(northwind: Tenant, alice: User, bob: User) -> None:
    client = signed_in(bob)
    remove_member(actor=acting(alice), membership=_membership(bob))
    assert acting(bob).role_in(northwind) is None
    assert not is_signed_in(client)
    event = AuditEvent.objects.latest("id")
    assert (event.event, event.target_label, event.data) == (
        "member.removed",
        "Bob",
        {"role": "GL"},
    )


def test_it_leaves_their_keys_working(northwind: Tenant, alice: User, payroll: CreatedKey) -> None:
    anna = make_member(northwind, Role.ADMIN)
    remove_member(actor=acting(anna), membership=_membership(alice))
    assert isinstance(verify_secret(payroll.secret, address=None), Passed)
    payroll.key.refresh_from_db()
    assert payroll.key.created_by_label == "Alice"


@pytest.mark.parametrize("who", ["bob", "vera", "charlie", "rita"])
def test_it_refuses_who_does_not_manage_the_members(
    request: pytest.FixtureRequest, who: str, alice: User, bob: User
) -> None:
    user: User = request.getfixturevalue(who)
    for actor in (acting(user), StaffActor(user)):
        with pytest.raises(PermissionRefused):
            remove_member(actor=actor, membership=_membership(alice))
    assert _membership(alice).ended_at is None


def test_it_keeps_the_last_admin_from_members_alone(
    northwind: Tenant, alice: User, oscar: User
) -> None:
    with pytest.raises(LastAdmin):
        remove_member(actor=acting(alice), membership=_membership(alice))
    remove_member(actor=StaffActor(oscar), membership=_membership(alice))
    assert acting(alice).role_in(northwind) is None


def test_it_removes_nobody_twice(alice: User, bob: User) -> None:
    membership = _membership(bob)
    remove_member(actor=acting(alice), membership=membership)
    with pytest.raises(Refused, match="no member any more"):
        remove_member(actor=acting(alice), membership=membership)


def test_it_removes_somebody_who_is_disabled(alice: User, bob: User) -> None:
    disable(bob)
    remove_member(actor=acting(alice), membership=_membership(bob))
    assert _membership(bob).ended_at is not None


@pytest.mark.parametrize("who", ["bob", "vera"])
def test_everybody_may_leave(
    request: pytest.FixtureRequest, who: str, northwind: Tenant, alice: User
) -> None:
    user: User = request.getfixturevalue(who)
    leave_tenant(actor=acting(user), membership=_membership(user))
    assert acting(user).role_in(northwind) is None
    event = AuditEvent.objects.latest("id")
    assert (event.event, event.actor_label) == ("member.left", who.title())


def test_an_admin_leaves_where_another_is_left(northwind: Tenant, alice: User) -> None:
    with pytest.raises(LastAdmin):
        leave_tenant(actor=acting(alice), membership=_membership(alice))
    make_member(northwind, Role.ADMIN)
    leave_tenant(actor=acting(alice), membership=_membership(alice))
    assert acting(alice).role_in(northwind) is None


def test_nobody_leaves_for_somebody_else(alice: User, bob: User) -> None:
    with pytest.raises(Refused, match="yourself"):
        leave_tenant(actor=acting(alice), membership=_membership(bob))
    assert _membership(bob).ended_at is None
