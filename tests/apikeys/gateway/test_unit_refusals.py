"""The real unit refuses, says why by its code, and tells a stranger nothing about any key."""

import json
from pathlib import Path

import httpx
import pytest

from accounts.models import AuditEvent, Outcome, Tenant
from apikeys.credentials import new_client_secret
from apikeys.events import KeyEvent
from apikeys.models import AccessState
from apikeys.services.keys import CreatedKey, revoke_key
from apikeys.services.platform_keys import create_platform_key
from tests.apikeys.gateway.asking import VERIFY, asked, basic, check, passed, refused, showing
from tests.apikeys.rest.canonical.calls import wrong_secret
from tests.factories import PLATFORM, let_expire, put_access
from tests.served_gateway import ServedGateway, gateway_unit

BROKEN = [
    ([], "credential_missing"),
    ([("api-key", "")], "credential_missing"),
    ([("api_key", new_client_secret("dev").text)], "credential_missing"),
    ([("api-key", "x")], "credential_malformed"),
    ([("api-key", b"\xff\xfe")], "credential_malformed"),
    ([("Authorization", "Basic ???")], "credential_malformed"),
    ([("Authorization", "Basic " + "A" * 64)], "credential_malformed"),
    ([("Authorization", "Bearer a.b.c.d")], "credential_malformed"),
    ([("Authorization", "Digest x")], "credential_malformed"),
    ([("api-key", "dev_" + "a" * 20)], "client_id_without_secret"),
    ([("Authorization", basic("dev_" + "a" * 20, ""))], "client_id_without_secret"),
    ([("api-key", new_client_secret("prd").text)], "wrong_environment"),
    ([("api-key", "a"), ("api-key", "b")], "multiple_credentials"),
    ([("api-key", "a"), ("X-API-Key", "b")], "multiple_credentials"),
    ([("api-key", "a"), ("Signature", "sig1=:AA==:")], "multiple_credentials"),
    ([("Signature", "sig1=:AA==:")], "signature_invalid"),
    ([("Signature", ""), ("Signature-Input", "")], "signature_invalid"),
]


@pytest.mark.parametrize(("headers", "code"), BROKEN, ids=range(len(BROKEN)))
def test_it_says_what_is_wrong_with_the_request(
    headers: list[tuple[str, str]], code: str, served_gateway: ServedGateway
) -> None:
    refused(check(served_gateway, [*asked(), *headers]), 401, code)


def test_it_answers_a_stranger_the_same_bytes(
    served_gateway: ServedGateway, payroll: CreatedKey, gl_key: CreatedKey
) -> None:
    revoke_key(actor=PLATFORM, key=gl_key.key)
    answers = [
        check(served_gateway, [*asked(), *showing(text)])
        for text in (new_client_secret("dev").text, wrong_secret(payroll), gl_key.secret.text)
    ]
    told = []
    for answer in answers:
        problem = refused(answer, 401, "unauthenticated")
        answer.headers.pop("date", None)
        told.append(repr((answer.text, answer.headers)).replace(problem["request_id"], "its id"))
    assert told == told[:1] * 3


def test_it_tells_who_has_the_secret_that_the_key_has_expired(
    served_gateway: ServedGateway, payroll: CreatedKey
) -> None:
    let_expire(payroll.key)
    refused(check(served_gateway, [*asked(), *showing(payroll)]), 401, "key_expired")
    stranger = check(served_gateway, [*asked(), *showing(wrong_secret(payroll))])
    refused(stranger, 401, "unauthenticated")


def test_it_tells_who_has_the_secret_that_access_is_suspended(
    served_gateway: ServedGateway, payroll: CreatedKey, northwind: Tenant
) -> None:
    put_access(northwind, AccessState.SUSPENDED)
    refused(check(served_gateway, [*asked(), *showing(payroll)]), 401, "access_suspended")
    stranger = check(served_gateway, [*asked(), *showing(wrong_secret(payroll))])
    refused(stranger, 401, "unauthenticated")


def test_it_enforces_roles(
    served_gateway: ServedGateway, payroll: CreatedKey, gl_key: CreatedKey, admin_key: CreatedKey
) -> None:
    override = ("X_HTTP_Method-Override", "DELETE")
    for key, headers in (
        (payroll, asked("POST")),
        (payroll, [*asked(), override]),
        (payroll, asked("GET", "/users/7")),
        (gl_key, asked("GET", "/USERS")),
        (gl_key, asked("POST", "/public%2fusers")),
    ):
        refused(check(served_gateway, [*headers, *showing(key)]), 403, "permission_denied")
    assert passed(check(served_gateway, [*asked("POST"), override, *showing(gl_key)]))
    assert passed(check(served_gateway, [*asked("DELETE", "/users/7"), *showing(admin_key)]))


@pytest.mark.parametrize(
    "target",
    ["/payments?key={}", "/{}/payments", "/payments?key={}&x=1", "/payments#{}"],
)
@pytest.mark.parametrize("spelling", ["{}", "%5F"])
def test_it_refuses_a_secret_in_the_address(
    target: str, spelling: str, served_gateway: ServedGateway, admin_key: CreatedKey
) -> None:
    text = admin_key.secret.text.replace("_", spelling.format("_"))
    headers = [*asked("GET", target.format(text)), *showing(admin_key)]
    answer = check(served_gateway, headers)
    refused(answer, 401, "credential_in_url")
    assert admin_key.secret.text not in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_secret_in_the_address_is_in_the_trail_of_its_tenant(
    admin_key: CreatedKey, northwind: Tenant, worker_database: str, tmp_path: Path
) -> None:
    with gateway_unit(worker_database, tmp_path) as unit:
        for text in (admin_key.secret.text, wrong_secret(admin_key), admin_key.secret.text):
            answer = check(unit, asked("GET", f"/payments?key={text}"))
            refused(answer, 401, "credential_in_url")
    # It writes before it ends.
    event = AuditEvent.objects.get(event=KeyEvent.SECRET_IN_URL)
    assert (event.tenant, event.target_id) == (northwind, admin_key.key.client_id)
    assert (event.address, event.outcome) == ("198.51.100.7", Outcome.REFUSED)
    assert event.request_id
    assert admin_key.secret.text not in json.dumps(event.data)


@pytest.mark.parametrize(
    "headers",
    [
        asked()[1:],
        asked()[:1],
        [*asked(), ("X-Original-URI", "/other")],
        [*asked(), ("X-Original-Method", "GET")],
        [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/payments")],
        [("X_Original_Method", "GET"), ("X_Original_URI", "/payments")],
    ],
    ids=str,
)
def test_it_refuses_what_the_gateway_leaves_unclear(
    headers: list[tuple[str, str]], served_gateway: ServedGateway, admin_key: CreatedKey
) -> None:
    refused(check(served_gateway, [*headers, *showing(admin_key)]), 403, "gateway_unclear")


def test_it_refuses_checks_from_elsewhere(
    served_gateway: ServedGateway, admin_key: CreatedKey
) -> None:
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(transport=elsewhere, base_url=served_gateway.url) as client:
        answer = client.get(VERIFY, headers=[*asked(), *showing(admin_key)])
    refused(answer, 403, "gateway_untrusted")


def test_it_refuses_platform_keys(served_gateway: ServedGateway, db: None) -> None:
    secret = create_platform_key(actor=PLATFORM, name="Onboarding").secret.text
    refused(check(served_gateway, [*asked(), *showing(secret)]), 401, "unauthenticated")


@pytest.mark.parametrize("name", ["api-key", "Authorization", "X-Original-URI", "X-Other"])
def test_it_survives_a_header_of_64_kilobytes(
    name: str, served_gateway: ServedGateway, payroll: CreatedKey
) -> None:
    answer = check(served_gateway, [*asked(), (name, "/" + "x" * 2**16)])
    assert answer.status_code in {400, 401, 403, 431}
    assert passed(check(served_gateway, [*asked(), *showing(payroll)]))


def test_it_answers_paths_that_are_no_text(served_gateway: ServedGateway) -> None:
    for suffix in ("/%ff", "/%00", "/%2e%2e/livez", "/..;/", "//"):
        answer = check(served_gateway, asked(), suffix=suffix)
        refused(answer, 401, "credential_missing")


def test_it_says_nothing_in_the_body_of_a_head(served_gateway: ServedGateway) -> None:
    answer = check(served_gateway, asked(), method="HEAD")
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["x-auth-error"] == "credential_missing"
