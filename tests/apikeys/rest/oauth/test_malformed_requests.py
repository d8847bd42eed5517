"""Requests for tokens that are wrong in themselves: RFC 6749, 5.2."""

import pytest
from django.test import Client, override_settings

from apikeys.rest.requests import BODY_MAX
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import problem
from tests.apikeys.rest.oauth.calls import (
    FORM,
    GRANT,
    HUBPAY_TOKEN,
    INTROSPECT,
    OAUTH_TOKEN,
    basic,
    encoded,
    error,
    pair,
    send,
)

TWICE = "A parameter is given twice."
CUT_OFF = "a" * 20


@pytest.mark.parametrize("form", ["x=1", "grant_type=", "grant=client_credentials"])
def test_it_asks_for_the_grant_type(form: str, payroll: CreatedKey) -> None:
    assert "grant_type" in error(send(form, **basic(payroll)), 400, "invalid_request")


@pytest.mark.parametrize("grant", ["password", "authorization_code", "Client_Credentials"])
def test_it_knows_one_grant_type(grant: str, payroll: CreatedKey) -> None:
    answer = send(f"grant_type={grant}", **basic(payroll))
    error(answer, 400, "unsupported_grant_type")


@pytest.mark.parametrize("more", [GRANT, "scope=a&scope=a", "x=1&x=2"])
def test_it_refuses_a_parameter_given_twice(more: str, payroll: CreatedKey) -> None:
    answer = send(f"{GRANT}&{more}", **basic(payroll))
    assert error(answer, 400, "invalid_request") == TWICE


@pytest.mark.parametrize("form", [b"\xff", b"grant_type=%ff", b"&".join([b"a=1"] * 21)])
def test_it_refuses_what_is_no_form(form: bytes, payroll: CreatedKey) -> None:
    error(send(form, **basic(payroll)), 400, "invalid_request")


def test_it_refuses_a_large_form(payroll: CreatedKey) -> None:
    error(send(GRANT + "&x=" + "x" * BODY_MAX, **basic(payroll)), 400, "invalid_request")


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "multipart/form-data"])
def test_it_refuses_another_media_type(media_type: str, payroll: CreatedKey) -> None:
    body = f'{{"grant_type": "client_credentials", "x": "{GRANT}"}}'
    answer = Client().post(OAUTH_TOKEN, body, content_type=media_type, headers=basic(payroll))
    assert FORM in error(answer, 400, "invalid_request")


@pytest.mark.parametrize("path", [OAUTH_TOKEN, INTROSPECT])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_it_takes_no_other_method(path: str, method: str, payroll: CreatedKey) -> None:
    answer = Client().generic(method, path, headers=basic(payroll))
    error(answer, 405, "invalid_request")
    assert answer["Allow"] == "POST"


@pytest.mark.parametrize("path", [OAUTH_TOKEN, INTROSPECT])
def test_it_refuses_a_secret_in_the_address(path: str, payroll: CreatedKey) -> None:
    address = f"{path}?client_secret={payroll.secret.text}"
    assert "logs" in error(send(GRANT, address), 400, "invalid_request")


def test_it_refuses_the_secret_both_ways_at_once(payroll: CreatedKey) -> None:
    error(send(encoded(pair(payroll)), **basic(payroll)), 400, "invalid_request")


@pytest.mark.parametrize("header", ["api-key", "X-API-Key", "Authorization"])
def test_it_refuses_a_second_credential(header: str, payroll: CreatedKey) -> None:
    text = f"Bearer {payroll.secret.text}" if header == "Authorization" else payroll.secret.text
    answer = send(encoded(pair(payroll)), **{header: text})
    error(answer, 400, "invalid_request")


def test_it_refuses_another_header_beside_basic(payroll: CreatedKey) -> None:
    answer = send(GRANT, **basic(payroll), **{"api-key": payroll.secret.text})
    error(answer, 400, "invalid_request")


@pytest.mark.parametrize("fields", [{}, {"client_id": "dev_" + CUT_OFF}])
def test_it_asks_for_the_secret(fields: dict[str, str], db: None) -> None:
    assert "secret" in error(send(encoded(fields)), 401, "invalid_client")


@pytest.mark.parametrize("scheme", ["Bearer", "Digest", "Basic"])
def test_it_knows_one_scheme(scheme: str, payroll: CreatedKey) -> None:
    answer = send(GRANT, Authorization=f"{scheme} {payroll.secret.text}")
    error(answer, 401, "invalid_client")


def test_it_refuses_a_secret_of_another_client_id(
    payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    error(send(encoded(pair(payroll, admin_key.secret.text))), 401, "invalid_client")
    error(send(GRANT, **basic(payroll, admin_key.secret.text)), 401, "invalid_client")
    named = f"{GRANT}&client_id={admin_key.key.client_id}"
    error(send(named, **basic(payroll)), 401, "invalid_client")


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("path", ["/oauth/", "/oauth/token/", "/oauth/authorize", "/oauth/x"])
def test_an_unknown_address_is_an_oauth_error(path: str, *, debug: bool) -> None:
    with override_settings(DEBUG=debug):
        error(Client().get(path), 404, "invalid_request")


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("path", ["/auth/", "/auth/token/", "/auth/x"])
def test_an_unknown_address_beside_hubpays_is_a_problem(path: str, *, debug: bool) -> None:
    with override_settings(DEBUG=debug):
        problem(Client().get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ('{"clientId": "x"}', 422, "validation_failed"),
        ('{"clientId": "x", "clientSecret": "y", "more": 1}', 422, "validation_failed"),
        ('{"clientId": "x", "clientSecret": 1}', 422, "validation_failed"),
        ('{"client_id": "x", "client_secret": "y"}', 422, "validation_failed"),
        ('{"clientId": "x", "clientSecret": ""}', 401, "credential_missing"),
        ('{"clientId": "x", "clientSecret": "y"}', 401, "credential_malformed"),
        ("[]", 422, "validation_failed"),
    ],
)
def test_hubpays_form_answers_problems(body: str, status: int, code: str, db: None) -> None:
    problem(Client().post(HUBPAY_TOKEN, body, content_type="application/json"), status, code)


@pytest.mark.parametrize("name", ["api-key", "X-API-Key", "Authorization"])
def test_hubpays_form_takes_no_second_credential(name: str, payroll: CreatedKey) -> None:
    body = {"clientId": payroll.key.client_id, "clientSecret": payroll.secret.text}
    second = f"Bearer {payroll.secret.text}" if name == "Authorization" else payroll.secret.text
    answer = Client(headers={name: second}).post(HUBPAY_TOKEN, body, "application/json")
    problem(answer, 400, "multiple_credentials")


def test_hubpays_form_takes_json_by_post_alone(payroll: CreatedKey) -> None:
    problem(Client().get(HUBPAY_TOKEN), 405, "method_not_allowed")
    problem(send(encoded(pair(payroll)), HUBPAY_TOKEN), 415, "unsupported_media_type")
    in_address = f"{HUBPAY_TOKEN}?clientSecret={payroll.secret.text}"
    problem(Client().post(in_address), 400, "credential_in_url")
