"""The role table, and the groups that mirror it."""

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as DjangoPermission

from accounts.roles import PERMISSION_LABELS, ROLE_PERMISSIONS, Permission, Role, covers

READ, CHANGE = {"read_keys"}, {"change_keys"}
ADMINISTER = {
    "read_users",
    "create_keys",
    "assign_key_role",
    "change_key_terms",
    "revoke_keys",
    "request_access",
    "manage_members",
}
# The product's own table, written out a second time: who changes one must mean it.
EXPECTED = {"viewer": READ, "GL": READ | CHANGE, "admin": READ | CHANGE | ADMINISTER}


def test_it_is_the_table_of_the_product() -> None:
    held = {str(role): {str(p) for p in held} for role, held in ROLE_PERMISSIONS.items()}
    assert held == EXPECTED


def test_it_has_words_for_every_permission() -> None:
    assert set(PERMISSION_LABELS) == set(Permission)


@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("granted", Role)
def test_it_lets_nobody_grant_more_than_they_have(held: Role, granted: Role) -> None:
    order = [Role.VIEWER, Role.GL, Role.ADMIN]
    assert covers(held, granted) == (order.index(granted) <= order.index(held))


@pytest.mark.django_db
def test_it_is_mirrored_by_the_groups() -> None:
    groups = {
        group.name: {permission.codename for permission in group.permissions.all()}
        for group in Group.objects.prefetch_related("permissions")
    }
    assert groups == EXPECTED


@pytest.mark.django_db
def test_it_is_known_to_django_as_permissions_of_tenants() -> None:
    known = DjangoPermission.objects.filter(content_type__model="tenant")
    assert {str(permission) for permission in Permission} <= set(
        known.values_list("codename", flat=True)
    )
