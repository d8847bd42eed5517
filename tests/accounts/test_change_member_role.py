"""Giving a member another role."""

import pytest

from accounts.actor import StaffActor
from accounts.errors import GrantRefused, LastAdmin, PermissionRefused, Refused
from accounts.models import AuditEvent, Membership, Tenant, User
from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from accounts.services.memberships import add_member, change_member_role
from apikeys.key_actor import KeyActor
from apikeys.services.keys import CreatedKey
from tests.accounts.sessions import is_signed_in
from tests.factories import PLATFORM, acting, disable, end_membership, make_member, signed_in

pytestmark = pytest.mark.django_db


def _membership(user: User) -> Membership:
    return Membership.objects.get(user=user)


def _role(user: User) -> str:
    return _membership(user).role


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ADMIN])
def test_it_changes_the_role_and_says_so(role: Role, alice: User, bob: User) -> None:
    change_member_role(actor=acting(alice), membership=_membership(bob), role=role)
    assert _role(bob) == role
    event = AuditEvent.objects.latest("id")
    assert (event.event, event.actor_label, event.target_label) == (
        "member.role_changed",
        "Alice",
        "Bob",
    )
    assert event.data == {"role": {"from": "GL", "to": str(role)}}


def test_it_writes_nothing_for_the_role_that_the_member_has(alice: User, bob: User) -> None:
    events = AuditEvent.objects.count()
    change_member_role(actor=acting(alice), membership=_membership(bob), role=Role.GL)
    assert AuditEvent.objects.count() == events


def test_it_ends_the_members_sessions(alice: User, bob: User) -> None:
    client = signed_in(bob)
    change_member_role(actor=acting(alice), membership=_membership(bob), role=Role.VIEWER)
    assert not is_signed_in(client)
    assert is_signed_in(signed_in(User.objects.get(pk=bob.pk)))


@pytest.mark.parametrize("who", ["bob", "vera", "charlie", "rita"])
def test_it_refuses_who_does_not_manage_the_members(
    request: pytest.FixtureRequest, who: str, alice: User, bob: User
) -> None:
    user: User = request.getfixturevalue(who)
    for actor in (acting(user), StaffActor(user)):
        with pytest.raises(PermissionRefused):
            change_member_role(actor=actor, membership=_membership(bob), role=Role.ADMIN)
    assert _role(bob) == Role.GL


def test_it_lets_nobody_give_more_than_they_have(
    monkeypatch: pytest.MonkeyPatch, bob: User, vera: User
) -> None:
    manages = ROLE_PERMISSIONS[Role.GL] | {Permission.MANAGE_MEMBERS}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.GL, manages)
    with pytest.raises(GrantRefused):
        change_member_role(actor=acting(bob), membership=_membership(vera), role=Role.ADMIN)
    assert _role(vera) == Role.VIEWER


def test_it_keeps_the_last_admin(alice: User, bob: User) -> None:
    with pytest.raises(LastAdmin):
        change_member_role(actor=acting(alice), membership=_membership(alice), role=Role.GL)
    assert _role(alice) == Role.ADMIN
    assert AuditEvent.objects.latest("id").data == {"code": "last_admin"}


def test_it_keeps_the_last_admin_whom_somebody_adds_again(northwind: Tenant, alice: User) -> None:
    with pytest.raises(LastAdmin):
        add_member(actor=acting(alice), tenant=northwind, user=alice, role=Role.VIEWER)
    assert _role(alice) == Role.ADMIN


def test_it_keeps_the_last_admin_from_a_key(alice: User, admin_key: CreatedKey) -> None:
    with pytest.raises(LastAdmin):
        change_member_role(
            actor=KeyActor(admin_key.key), membership=_membership(alice), role=Role.GL
        )


@pytest.mark.parametrize("gone", ["disabled", "left"])
def test_it_counts_no_admin_who_is_gone(gone: str, northwind: Tenant, alice: User) -> None:
    other = make_member(northwind, Role.ADMIN)
    disable(other) if gone == "disabled" else end_membership(other, northwind)
    with pytest.raises(LastAdmin):
        change_member_role(actor=acting(alice), membership=_membership(alice), role=Role.GL)


def test_an_operator_may_demote_the_last_admin(alice: User, oscar: User) -> None:
    change_member_role(actor=StaffActor(oscar), membership=_membership(alice), role=Role.GL)
    assert _role(alice) == Role.GL


def test_an_admin_steps_down_where_another_is_left(northwind: Tenant, alice: User) -> None:
    make_member(northwind, Role.ADMIN)
    change_member_role(actor=acting(alice), membership=_membership(alice), role=Role.VIEWER)
    assert _role(alice) == Role.VIEWER


def test_it_refuses_a_membership_that_has_ended(northwind: Tenant, alice: User, bob: User) -> None:
    membership = _membership(bob)
    end_membership(bob, northwind)
    with pytest.raises(Refused, match="no member any more"):
        change_member_role(actor=acting(alice), membership=membership, role=Role.ADMIN)


def test_it_refuses_a_membership_of_another_tenant(charlie: User, bob: User) -> None:
    with pytest.raises(PermissionRefused):
        change_member_role(actor=acting(charlie), membership=_membership(bob), role=Role.VIEWER)


def test_the_platform_may_do_it_all(alice: User) -> None:
    change_member_role(actor=PLATFORM, membership=_membership(alice), role=Role.GL)
    assert _role(alice) == Role.GL
