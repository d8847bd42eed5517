"""Every error code of the contract, in Hyperswitch's envelope."""

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory, override_settings

from accounts.models import AuditEvent, Tenant, User
from apikeys.credentials import new_client_secret
from apikeys.models import AccessState
from apikeys.services.keys import CreatedKey
from portal.errors import server_error
from tests.apikeys.rest.canonical.calls import wrong_secret
from tests.apikeys.rest.merchant.calls import (
    CREATE,
    UNKNOWN_KEY,
    UNKNOWN_MERCHANT,
    address,
    bad,
    calling,
    fault,
    merchant,
    post,
)
from tests.factories import let_expire, make_key, put_access, signed_in
from tests.same_bytes import bytes_of


@pytest.mark.parametrize("key_id", [UNKNOWN_KEY, "x", "%00", "%ff", "..", "lists"])
def test_an_unknown_key_does_not_exist(admin: Client, url: str, key_id: str) -> None:
    message = fault(admin.get(f"{url}/{key_id}"), 404, "HE_02")
    assert message == "API Key does not exist in our records"


@pytest.mark.parametrize(
    "secret",
    ["", "hello", UNKNOWN_KEY, new_client_secret("prd").text, "x" * 70_000],
    ids=["none", "no secret", "client ID", "another environment's", "very long"],
)
def test_whatever_is_no_secret_is_unauthorized(url: str, secret: str) -> None:
    fault(Client(headers={"api-key": secret}).get(f"{url}/list"), 401, "IR_01")


def test_nobody_and_a_signed_in_person_are_unauthorized(url: str, alice: User) -> None:
    fault(Client().get(f"{url}/list"), 401, "IR_01")
    fault(signed_in(alice).get(f"{url}/list"), 401, "IR_01")


def test_an_expired_key_is_unauthorized(
    admin: Client, admin_key: CreatedKey, northwind: Tenant
) -> None:
    let_expire(admin_key.key)
    fault(admin.get(f"{merchant(northwind)}/list"), 401, "IR_01")


@pytest.mark.parametrize("state", [AccessState.SUSPENDED, AccessState.NONE])
def test_a_key_of_a_suspended_account_is_unauthorized(
    admin: Client, url: str, northwind: Tenant, state: AccessState
) -> None:
    put_access(northwind, state)
    fault(admin.get(f"{url}/list"), 401, "IR_01")


def test_a_tenants_key_cannot_tell_foreign_merchants_from_unknown_ones(
    admin: Client, contoso: Tenant
) -> None:
    for path in ("", "/list", f"/{UNKNOWN_KEY}"):
        answers = [
            admin.generic("GET" if path else "POST", f"/api_keys/{merchant_id}{path}")
            for merchant_id in (contoso.public_id, UNKNOWN_MERCHANT, "%00", "x" * 200)
        ]
        fault(answers[0], 401, "IR_01")
        assert len({str(bytes_of(answer, but="RateLimit")) for answer in answers}) == 1


@pytest.mark.parametrize("key", ["payroll", "gl_key"])
@pytest.mark.parametrize("method", ["list", "retrieve", "create", "update", "delete"])
def test_a_viewer_and_a_gl_may_do_nothing_here(
    request: pytest.FixtureRequest, key: str, method: str, northwind: Tenant
) -> None:
    created: CreatedKey = request.getfixturevalue(key)
    client, url = calling(created), merchant(northwind)
    answer = {
        "list": lambda: client.get(f"{url}/list"),
        "retrieve": lambda: client.get(address(created)),
        "create": lambda: post(client, url, b"{"),  # before it looks at the body
        "update": lambda: post(client, address(created), {"name": "Mine"}),
        "delete": lambda: client.delete(address(created)),
    }[method]()
    message = fault(answer, 403, "IR_22")
    assert message.startswith("Access forbidden. Not authorized to access this resource api_keys.")
    assert "your role is" in message
    event = AuditEvent.objects.get(outcome="refused")
    assert (event.tenant, event.actor_id) == (northwind, created.key.client_id)
    created.key.refresh_from_db()
    assert created.key.revoked_at is None


def test_the_limit_is_named_in_the_verbs_own_words(
    admin: Client, url: str, northwind: Tenant
) -> None:
    for _ in range(9):
        make_key(northwind)
    message = fault(post(admin, url, CREATE), 400, "IR_16")
    assert message == "This account may have 10 active keys and has 10. Delete one first."


@pytest.mark.parametrize(
    ("state", "words"),
    [(AccessState.NONE, "API access is not enabled"), (AccessState.SUSPENDED, "is suspended")],
)
def test_missing_api_access_is_named_in_the_verbs_own_words(
    platform: Client, url: str, northwind: Tenant, state: AccessState, words: str
) -> None:
    put_access(northwind, state)
    assert words in fault(post(platform, url, CREATE), 400, "IR_16")


@pytest.mark.parametrize(
    "path", ["/api_keys/", "/api_keys/x/", "/api_keys/x/list/", "/api_keys/a/b/c", "/api_keys//x"]
)
@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_address_is_a_fault_and_no_redirect(path: str, *, debug: bool) -> None:
    with override_settings(DEBUG=debug):
        message = fault(Client().get(path), 404, "IR_02")
    assert message == "Unrecognized request URL"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api_keys/x", "POST"),
        ("/api_keys/x/list", "GET, HEAD"),
        (f"/api_keys/x/{UNKNOWN_KEY}", "GET, POST, DELETE, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_another_method_is_a_fault_that_names_those_it_takes(
    path: str, allowed: str, method: str
) -> None:
    response = Client().generic(method, path)
    message = fault(response, 405, "IR_03")
    assert message == "The HTTP method is not applicable for this API"
    assert response["Allow"] == allowed


def test_two_credentials_are_a_bad_request(admin_key: CreatedKey, url: str) -> None:
    client = calling(admin_key, **{"X-API-Key": admin_key.secret.text})
    bad(client.get(f"{url}/list"))


def test_a_foreign_token_beside_the_secret_counts_as_absent(
    admin_key: CreatedKey, url: str
) -> None:
    jwt = "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln"
    assert calling(admin_key, Authorization=jwt).get(f"{url}/list").status_code == 200
    fault(Client(headers={"Authorization": jwt}).get(f"{url}/list"), 401, "IR_01")
    bad(calling(admin_key, Authorization=f"Bearer {admin_key.secret.text}").get(f"{url}/list"))


def test_a_secret_in_the_address_is_refused_and_the_tenant_hears_of_it(
    admin: Client, admin_key: CreatedKey, url: str
) -> None:
    secret = admin_key.secret.text
    assert secret not in bad(admin.get(f"{url}/list?api-key={secret}"))
    assert AuditEvent.objects.filter(event="key.secret_in_url").count() == 1


def test_a_request_for_another_host_is_a_fault(admin: Client, url: str) -> None:
    bad(admin.get(f"{url}/list", headers={"Host": "evil.example"}))


def test_a_broken_portal_says_so_as_a_fault(rf: RequestFactory) -> None:
    response = server_error(rf.get("/api_keys/x/list"))
    assert (response.status_code, response["Cache-Control"]) == (500, "no-store")
    assert b'"type": "api"' in response.content
    assert b'"code": "HE_00"' in response.content


def test_an_unreachable_database_is_a_fault_to_repeat(rf: RequestFactory) -> None:
    try:
        raise OperationalError
    except OperationalError:
        response = server_error(rf.get("/api_keys/x/list"))
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert b'"type": "api"' in response.content


@pytest.mark.parametrize("credential", ["unknown", "wrong", "revoked"])
def test_unknown_wrong_and_revoked_are_answered_with_the_same_bytes(
    admin: Client, admin_key: CreatedKey, payroll: CreatedKey, url: str, credential: str
) -> None:
    admin.delete(address(payroll))
    secret = {
        "unknown": new_client_secret("dev").text,
        "wrong": wrong_secret(admin_key),
        "revoked": payroll.secret.text,
    }[credential]
    answer = Client(headers={"api-key": secret}).get(f"{url}/list")
    nobody = Client().get(f"{url}/list")
    fault(answer, 401, "IR_01")
    assert bytes_of(answer) == bytes_of(nobody)


def test_it_needs_no_csrf_token(admin_key: CreatedKey, url: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"api-key": admin_key.secret.text})
    assert post(client, url, CREATE).status_code == 200


def test_it_takes_the_secret_in_any_form_of_the_canonical_api(
    admin_key: CreatedKey, url: str
) -> None:
    headers = {"Authorization": f"Bearer {admin_key.secret.text}"}
    assert Client(headers=headers).get(f"{url}/list").status_code == 200
