"""PATCH of a key: what is given changes, by the caller's role, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import AuditEvent, Tenant
from accounts.roles import Role
from apikeys.models import ApiKey
from apikeys.rules import DESCRIPTION_MAX, NAME_MAX
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import address, invalid, patch, problem
from tests.factories import let_expire, make_key, put_limit


def test_it_changes_what_is_given_and_leaves_the_rest(admin: Client, payroll: CreatedKey) -> None:
    before = admin.get(address(payroll)).json()
    after = patch(admin, payroll, {"name": "Wages", "description": "Monthly\nrun"}).json()
    assert after == before | {"name": "Wages", "description": "Monthly\nrun"}
    assert admin.get(address(payroll)).json() == after


def test_it_changes_the_terms_for_an_admin(admin: Client, payroll: CreatedKey) -> None:
    terms = {"email": "Wages@Example.com", "expiration": "2031-01-31T10:00:00+02:00"}
    after = patch(admin, payroll, terms).json()
    assert after["email"] == "wages@example.com"
    assert after["expiration"] == "2031-01-31T08:00:00.000Z"
    assert patch(admin, payroll, {"expiration": "never"}).json()["expiration"] == "never"


def test_it_changes_nothing_when_nothing_is_given(admin: Client, payroll: CreatedKey) -> None:
    before = AuditEvent.objects.count()
    assert patch(admin, payroll, {}).json()["name"] == "Payroll"
    assert AuditEvent.objects.count() == before


def test_a_gl_key_changes_the_name_and_sees_no_user_data(gl: Client, payroll: CreatedKey) -> None:
    answer = patch(gl, payroll, {"name": "Wages"})
    assert (answer.status_code, answer.json()["name"]) == (200, "Wages")
    assert not {"email", "created_by", "last_used_from", "revoked_by"} & set(answer.json())


@pytest.mark.parametrize("terms", [{"email": "mine@example.com"}, {"expiration": "never"}])
def test_a_gl_key_changes_no_terms(gl: Client, payroll: CreatedKey, terms: dict[str, str]) -> None:
    body = problem(patch(gl, payroll, {"name": "Wages"} | terms), 403, "permission_denied")
    assert (body["permission"], body["role"]) == ("change_key_terms", "GL")
    assert ApiKey.objects.get(pk=payroll.key.pk).name == "Payroll"


def test_a_viewer_key_changes_nothing(viewer: Client, payroll: CreatedKey) -> None:
    body = problem(patch(viewer, payroll, {"name": "Wages"}), 403, "permission_denied")
    assert (body["permission"], body["role"]) == ("change_keys", "viewer")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * (NAME_MAX + 1)}, "name"),
        ({"name": None}, "name"),
        ({"description": "x" * (DESCRIPTION_MAX + 1)}, "description"),
        ({"email": ""}, "email"),
        ({"expiration": "2001-01-01T00:00:00Z"}, "expiration"),
        ({"expiration": None}, "expiration"),
        ({"role": "admin"}, "role"),
        ({"client_id": "dev_0123456789ABCDEFGHIJ"}, "client_id"),
        ({"status": "active"}, "status"),
        ({"tenant_id": "acct_0123456789ABCDEFGHIJ"}, "tenant_id"),
    ],
)
def test_it_names_what_is_wrong(
    admin: Client, payroll: CreatedKey, changes: dict[str, object], field: str
) -> None:
    assert set(invalid(patch(admin, payroll, changes))) == {field}


def test_a_revoked_key_stays_as_it_is(admin: Client, payroll: CreatedKey) -> None:
    admin.delete(address(payroll))
    problem(patch(admin, payroll, {"name": "Back"}), 409, "key_revoked")


def test_a_new_time_revives_an_expired_key(admin: Client, payroll: CreatedKey) -> None:
    let_expire(payroll.key)
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert patch(admin, payroll, {"expiration": later}).json()["status"] == "active"


def test_reviving_counts_against_the_limit(
    admin: Client, northwind: Tenant, payroll: CreatedKey
) -> None:
    let_expire(payroll.key)
    make_key(northwind, role=Role.VIEWER)
    put_limit(northwind, 2)
    body = problem(patch(admin, payroll, {"expiration": "never"}), 409, "key_limit_reached")
    assert (body["limit"], body["active"]) == (2, 2)
