"""What a token may: what its key's role may, but for creating keys."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.api.calls import CREATE, KEYS, SELF, address, patch, post, problem, put_role
from tests.merchant_api import calls as merchant
from tests.oauth.calls import HUBPAY_TOKEN, INTROSPECT, OAUTH_TOKEN, bearing, token_of

REFUSED = "An access token cannot create keys. Send the client secret itself."


def test_it_does_what_the_keys_role_may(token: str, payroll: CreatedKey) -> None:
    client = bearing(token)
    assert client.get(KEYS).status_code == 200
    assert patch(client, payroll, {"name": "Wages"}).status_code == 200
    assert put_role(client, payroll, "GL").status_code == 200
    assert client.delete(address(payroll)).status_code == 204


def test_it_does_no_more_than_that(payroll: CreatedKey, gl_key: CreatedKey) -> None:
    client = bearing(token_of(payroll))
    problem(patch(client, gl_key, {"name": "Mine"}), 403, "permission_denied")
    problem(put_role(bearing(token_of(gl_key)), payroll, "admin"), 403, "permission_denied")


def test_it_sees_nothing_of_another_account(token: str, foreign_key: CreatedKey) -> None:
    problem(bearing(token).get(address(foreign_key)), 404, "not_found")


def test_it_cannot_create_a_key(token: str) -> None:
    said = problem(post(bearing(token), CREATE), 403, "permission_denied")
    assert said["detail"] == REFUSED
    assert (said["permission"], said["role"]) == ("create_keys", "admin")
    assert ApiKey.objects.count() == 1
    assert AuditEvent.objects.filter(outcome="refused", data__code="permission_denied").exists()


def test_it_is_told_what_it_may(token: str) -> None:
    assert "create_keys" not in bearing(token).get(SELF).json()["permissions"]


def test_it_works_on_the_merchant_api(token: str, payroll: CreatedKey) -> None:
    client = bearing(token)
    assert len(client.get(f"{merchant.merchant(payroll.key.tenant)}/list").json()) == 2
    url = merchant.address(payroll)
    assert merchant.post(client, url, {"name": "Wages"}).json()["name"] == "Wages"
    assert client.delete(url).json()["revoked"] is True


def test_it_cannot_create_a_key_on_the_merchant_api(token: str, admin_key: CreatedKey) -> None:
    url = merchant.merchant(admin_key.key.tenant)
    answer = merchant.post(bearing(token), url, merchant.CREATE)
    assert merchant.fault(answer, 403, "IR_22").endswith(REFUSED)
    assert ApiKey.objects.count() == 1


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
