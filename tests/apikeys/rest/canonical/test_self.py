"""A key can ask who it is, what it may do, and where."""

import pytest
from django.test import Client, override_settings

from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import SELF, calling

VIEWER = ["read_keys"]
GL = ["read_keys", "change_keys"]
ADMIN = [
    "read_keys",
    "change_keys",
    "read_users",
    "create_keys",
    "assign_key_role",
    "change_key_terms",
    "revoke_keys",
    "request_access",
    "manage_members",
]


@pytest.mark.parametrize(
    ("key", "role", "permissions"),
    [("payroll", "viewer", VIEWER), ("gl_key", "GL", GL), ("admin_key", "admin", ADMIN)],
)
def test_it_tells_each_role_what_it_may_do(
    request: pytest.FixtureRequest, key: str, role: str, permissions: list[str]
) -> None:
    created: CreatedKey = request.getfixturevalue(key)
    answer = calling(created).get(SELF).json()
    assert answer["client_id"] == created.key.client_id
    assert (answer["role"], answer["permissions"]) == (role, permissions)


def test_it_names_the_environment(viewer: Client) -> None:
    with override_settings(ENVIRONMENT_NAME="Production", ENVIRONMENT_KIND="production"):
        answer = viewer.get(SELF).json()
    assert answer["environment"] == {"name": "Production", "kind": "production"}
