"""What a token may: what its key's role may, but nothing that gives away more than it outlives."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import (
    CREATE,
    KEYS,
    SELF,
    address,
    calling,
    patch,
    post,
    problem,
    put_role,
)
from tests.apikeys.rest.merchant import calls as merchant
from tests.apikeys.rest.oauth.calls import HUBPAY_TOKEN, INTROSPECT, OAUTH_TOKEN, bearing, token_of
from tests.factories import let_expire

NO_KEY = "An access token cannot create keys. Send the client secret itself."
NO_ROLE = "An access token cannot assign a key's role. Send the client secret itself."
NO_TERMS = (
    "An access token cannot change a key's email and expiration. Send the client secret itself."
)
TERMS: list[dict[str, Any]] = [
    {"expiration": "never"},
    {"expiration": "2099-01-01T00:00:00Z"},
    {"expiration": "2099-01-01T01:00:00+01:00", "name": "Wages"},
    {"email": "thief@example.com"},
]
"""Changes of a key's email and expiration, in each spelling."""


def test_it_does_what_the_keys_role_may(token: str, payroll: CreatedKey) -> None:
    client = bearing(token)
    assert client.get(KEYS).status_code == 200
    assert patch(client, payroll, {"name": "Wages", "description": "Nightly"}).status_code == 200
    assert client.delete(address(payroll)).status_code == 204


def test_it_does_no_more_than_that(payroll: CreatedKey, gl_key: CreatedKey) -> None:
    client = bearing(token_of(payroll))
    problem(patch(client, gl_key, {"name": "Mine"}), 403, "permission_denied")
    problem(put_role(bearing(token_of(gl_key)), payroll, "admin"), 403, "permission_denied")


def test_it_sees_nothing_of_another_account(token: str, foreign_key: CreatedKey) -> None:
    problem(bearing(token).get(address(foreign_key)), 404, "not_found")


def test_it_cannot_create_a_key(token: str) -> None:
    said = problem(post(bearing(token), CREATE), 403, "permission_denied")
    assert said["detail"] == NO_KEY
    assert (said["permission"], said["role"]) == ("create_keys", "admin")
    assert ApiKey.objects.count() == 1
    assert AuditEvent.objects.filter(outcome="refused", data__code="permission_denied").exists()


def test_it_is_shown_no_answer_of_a_creation_by_the_secret(
    token: str, admin_key: CreatedKey
) -> None:
    once = {"Idempotency-Key": '"b7c1"'}
    assert post(calling(admin_key, **once), CREATE).status_code == 201
    problem(post(bearing(token, **once), CREATE), 403, "permission_denied")


@pytest.mark.parametrize("role", ["viewer", "GL", "admin"])
def test_it_assigns_no_role(role: str, token: str, payroll: CreatedKey) -> None:
    said = problem(put_role(bearing(token), payroll, role), 403, "permission_denied")
    assert said["detail"] == NO_ROLE
    assert (said["permission"], said["role"]) == ("assign_key_role", "admin")
    assert ApiKey.objects.get(pk=payroll.key.pk).role == "viewer"
    refusal = AuditEvent.objects.get(outcome="refused")
    assert (refusal.event, refusal.data["code"]) == ("key.role_assigned", "permission_denied")


@pytest.mark.parametrize("body", TERMS)
def test_it_changes_no_email_and_no_expiration(
    body: dict[str, Any], token: str, payroll: CreatedKey
) -> None:
    said = problem(patch(bearing(token), payroll, body), 403, "permission_denied")
    assert said["detail"] == NO_TERMS
    assert (said["permission"], said["role"]) == ("change_key_terms", "admin")
    assert ApiKey.objects.get(pk=payroll.key.pk).version == payroll.key.version
    assert AuditEvent.objects.get(outcome="refused").event == "key.edited"


def test_it_brings_no_expired_key_back(token: str, payroll: CreatedKey) -> None:
    let_expire(payroll.key)
    problem(patch(bearing(token), payroll, {"expiration": "never"}), 403, "permission_denied")
    assert not ApiKey.objects.active().filter(pk=payroll.key.pk).exists()


def test_it_does_not_make_its_own_key_last_longer(token: str, admin_key: CreatedKey) -> None:
    problem(patch(bearing(token), admin_key, {"expiration": "never"}), 403, "permission_denied")


def test_it_is_told_that_its_role_is_too_low_where_the_secret_would_not_help(
    gl_key: CreatedKey, payroll: CreatedKey
) -> None:
    said = problem(put_role(bearing(token_of(gl_key)), payroll, "GL"), 403, "permission_denied")
    assert "access token" not in said["detail"]


def test_it_is_told_what_it_may(token: str) -> None:
    assert bearing(token).get(SELF).json()["permissions"] == [
        "read_keys",
        "change_keys",
        "read_users",
        "revoke_keys",
        "request_access",
        "manage_members",
    ]


def test_it_works_on_the_merchant_api(token: str, payroll: CreatedKey) -> None:
    client = bearing(token)
    assert len(client.get(f"{merchant.merchant(payroll.key.tenant)}/list").json()) == 2
    url = merchant.address(payroll)
    assert merchant.post(client, url, {"name": "Wages"}).json()["name"] == "Wages"
    assert client.delete(url).json()["revoked"] is True


def test_it_cannot_create_a_key_on_the_merchant_api(token: str, admin_key: CreatedKey) -> None:
    url = merchant.merchant(admin_key.key.tenant)
    answer = merchant.post(bearing(token), url, merchant.CREATE)
    assert merchant.fault(answer, 403, "IR_22").endswith(NO_KEY)
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("expiration", ["never", "2099-01-01T00:00:00Z"])
def test_it_changes_no_expiration_on_the_merchant_api(
    expiration: str, token: str, payroll: CreatedKey
) -> None:
    body = {"name": "Wages", "expiration": expiration}
    answer = merchant.post(bearing(token), merchant.address(payroll), body)
    assert merchant.fault(answer, 403, "IR_22").endswith(NO_TERMS)
    assert ApiKey.objects.get(pk=payroll.key.pk).version == payroll.key.version
    assert AuditEvent.objects.get(outcome="refused").event == "key.edited"


@pytest.mark.parametrize("path", [OAUTH_TOKEN, HUBPAY_TOKEN])
def test_it_fetches_no_other_token(path: str, token: str) -> None:
    """Or one token would live for ever."""
    form = path == OAUTH_TOKEN
    answer = (bearing(token) if form else Client()).post(
        path,
        "grant_type=client_credentials" if form else {"clientId": "x", "clientSecret": token},
        content_type="application/x-www-form-urlencoded" if form else "application/json",
    )
    assert answer.status_code == 401


def test_it_introspects_as_its_key_may(token: str) -> None:
    form = "application/x-www-form-urlencoded"
    answer = bearing(token).post(INTROSPECT, f"token={token}", content_type=form)
    assert answer.json()["active"] is True


@pytest.mark.parametrize("header", ["api-key", "X-API-Key"])
def test_it_is_a_bearer_token_alone(header: str, token: str) -> None:
    answer = bearing("x").get(SELF, headers={header: token, "Authorization": ""})
    problem(answer, 401, "credential_malformed")
