"""An admin key assigns roles; nobody gives more than they have."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import JSON, SELF, address, invalid, problem, put_role
from tests.factories import make_revoked_key


def test_it_gives_the_key_another_role_from_the_next_request_on(
    admin: Client, viewer: Client, payroll: CreatedKey
) -> None:
    answer = put_role(admin, payroll, "GL")
    assert (answer.status_code, answer.json()["role"]) == (200, "GL")
    assert viewer.get(SELF).json()["role"] == "GL"


@pytest.mark.parametrize("caller", ["viewer", "gl"])
def test_a_key_cannot_promote_itself_or_another(
    request: pytest.FixtureRequest, caller: str, payroll: CreatedKey, gl_key: CreatedKey
) -> None:
    client: Client = request.getfixturevalue(caller)
    for key in (payroll, gl_key):
        denied = problem(put_role(client, key, "admin"), 403, "permission_denied")
        assert denied["permission"] == "assign_key_role"
        key.key.refresh_from_db()
        assert key.key.role != "admin"


def test_a_demoted_key_has_its_new_rights_only(admin: Client, admin_key: CreatedKey) -> None:
    assert put_role(admin, admin_key, "viewer").status_code == 200
    problem(put_role(admin, admin_key, "admin"), 403, "permission_denied")


def test_the_same_role_again_changes_nothing(admin: Client, payroll: CreatedKey) -> None:
    events = AuditEvent.objects.count()
    assert put_role(admin, payroll, "viewer").status_code == 200
    assert AuditEvent.objects.count() == events
    assert ApiKey.objects.get(pk=payroll.key.pk).version == 1


def test_a_revoked_key_gets_no_role(admin: Client, admin_key: CreatedKey) -> None:
    revoked = make_revoked_key(admin_key.key.tenant)
    problem(put_role(admin, revoked, "viewer"), 409, "key_revoked")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"role": "missing"}),
        ({"role": "owner"}, {"role": "invalid"}),
        ({"role": None}, {"role": "invalid"}),
        ({"role": "GL", "name": "x"}, {"name": "unknown_field"}),
    ],
)
def test_it_takes_a_known_role_and_nothing_else(
    admin: Client, payroll: CreatedKey, body: dict[str, object], errors: dict[str, str]
) -> None:
    url = address(payroll, role=True)
    assert invalid(admin.put(url, body, content_type=JSON)) == errors
