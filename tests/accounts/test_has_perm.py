"""`user.has_perm(permission, tenant)`: rights come from memberships alone."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.auth.models import Permission as DjangoPermission

from accounts.models import Tenant, User
from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from tests.factories import disable, end_membership

pytestmark = pytest.mark.django_db

CREATE = "accounts.create_keys"


@pytest.mark.parametrize(
    ("member", "role"), [("alice", Role.ADMIN), ("bob", Role.GL), ("vera", Role.VIEWER)]
)
@pytest.mark.parametrize("permission", Permission)
def test_it_answers_from_the_members_role(
    member: str,
    role: Role,
    permission: Permission,
    northwind: Tenant,
    request: pytest.FixtureRequest,
) -> None:
    user: User = request.getfixturevalue(member)
    held = permission in ROLE_PERMISSIONS[role]
    assert user.has_perm(f"accounts.{permission}", northwind) is held


@pytest.mark.parametrize("member", ["charlie", "paula", "rita", "oscar"])
@pytest.mark.parametrize("permission", Permission)
def test_it_is_no_for_who_is_no_member(
    member: str, permission: Permission, northwind: Tenant, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(member)
    assert not user.has_perm(f"accounts.{permission}", northwind)


def test_it_is_no_without_a_tenant(alice: User, northwind: Tenant) -> None:
    assert alice.has_perm(CREATE, northwind)
    assert not alice.has_perm(CREATE)


def test_it_is_no_for_things_that_are_no_tenants(alice: User, northwind: Tenant) -> None:
    for thing in (alice, northwind.pk, northwind.public_id, [northwind], object()):
        assert not alice.has_perm(CREATE, thing)  # type: ignore[arg-type]  # the wrong things


@pytest.mark.parametrize(
    "permission",
    [
        "create_keys",
        "accounts.",
        "accounts.rule",
        "apikeys.create_keys",
        "accounts.CREATE_KEYS",
        "",
    ],
)
def test_it_is_no_for_permissions_that_do_not_exist(
    permission: str, alice: User, northwind: Tenant
) -> None:
    assert not alice.has_perm(permission, northwind)
    assert not alice.has_perm(permission)


def test_it_is_no_for_a_person_who_was_disabled(alice: User, northwind: Tenant) -> None:
    disable(alice)
    assert not alice.has_perm(CREATE, northwind)


def test_it_is_no_after_the_membership_ended(alice: User, northwind: Tenant) -> None:
    end_membership(alice, northwind)
    assert not alice.has_perm(CREATE, northwind)


def test_it_is_no_for_nobody(northwind: Tenant) -> None:
    assert not AnonymousUser().has_perm(CREATE, northwind)


def test_it_takes_no_rights_from_a_group_or_a_permission_put_on_a_person(
    charlie: User, northwind: Tenant
) -> None:
    charlie.groups.add(Group.objects.get(name="admin"))
    charlie.user_permissions.add(*DjangoPermission.objects.filter(codename="create_keys"))
    assert not charlie.has_perm(CREATE, northwind)
    assert not charlie.has_perm(CREATE)
