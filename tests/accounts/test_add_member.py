"""Making somebody a member of a tenant."""

import pytest

from accounts.errors import GrantRefused, PermissionRefused
from accounts.models import Membership, Tenant, User
from accounts.roles import Role
from accounts.services import verbs
from accounts.services.memberships import add_member
from tests.factories import PLATFORM, acting, end_membership, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> User:
    return make_person("Guest")


@pytest.mark.parametrize("role", Role)
def test_it_lets_an_admin_give_any_role(
    role: Role, northwind: Tenant, alice: User, guest: User
) -> None:
    add_member(actor=acting(alice), tenant=northwind, user=guest, role=role)
    assert acting(guest).role_in(northwind) == role


@pytest.mark.parametrize("member", ["bob", "vera", "charlie", "rita", "oscar"])
def test_it_refuses_everybody_who_is_no_admin_of_the_tenant(
    member: str, northwind: Tenant, guest: User, request: pytest.FixtureRequest
) -> None:
    actor = acting(request.getfixturevalue(member))
    with pytest.raises(PermissionRefused):
        add_member(actor=actor, tenant=northwind, user=guest, role=Role.VIEWER)
    assert not Membership.objects.filter(user=guest).exists()


def test_it_lets_nobody_grant_more_than_they_have(
    northwind: Tenant, bob: User, guest: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No role may manage members and is yet below another one, so lend Bob the permission.
    monkeypatch.setattr(verbs, "require", lambda *_: None)
    add_member(actor=acting(bob), tenant=northwind, user=guest, role=Role.GL)
    with pytest.raises(GrantRefused):
        add_member(actor=acting(bob), tenant=northwind, user=guest, role=Role.ADMIN)
    assert acting(guest).role_in(northwind) == Role.GL


def test_it_gives_a_current_member_the_other_role(northwind: Tenant, bob: User) -> None:
    add_member(actor=PLATFORM, tenant=northwind, user=bob, role=Role.ADMIN)
    assert Membership.objects.get(user=bob).role == Role.ADMIN


def test_it_begins_a_new_membership_for_who_comes_back(northwind: Tenant, bob: User) -> None:
    end_membership(bob, northwind)
    add_member(actor=PLATFORM, tenant=northwind, user=bob, role=Role.VIEWER)
    assert Membership.objects.filter(user=bob).count() == 2
    assert acting(bob).role_in(northwind) == Role.VIEWER
