"""What callers and the API see through each gateway, with its file as shipped."""

import json
from base64 import b64encode
from collections import Counter
from time import time

import pytest

from accounts.models import Tenant
from apikeys.codes import CHALLENGE, Code
from apikeys.credentials import new_client_secret
from apikeys.gateway.original import Family
from apikeys.models import AccessState
from apikeys.proof.tokens import issue_token
from apikeys.services.keys import CreatedKey, revoke_key
from apikeys.services.peppers import configured_peppers
from tests.apikeys.gateway.raw_http import Answered, Caller, ask
from tests.apikeys.gateway.real_gateways import FAILURES_ALLOWED, Gateway
from tests.apikeys.gateway.signing import BODY, DIGEST, Signed
from tests.factories import PLATFORM, put_access

ONE, OTHER = new_client_secret("dev").text, new_client_secret("dev").text
MEGABYTE = 1024 * 1024
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "BREW")


def shown(key: CreatedKey) -> tuple[str, str]:
    """The header that presents a key."""
    return "api-key", key.secret.text


def assert_refused(
    gateway: Gateway, answered: Answered, status: int, code: str
) -> dict[str, object]:
    """The caller gets the unit's own problem, once each, and the API nothing."""
    assert (answered.status, answered.values("X-Auth-Error")) == (status, [code])
    assert len(answered.values("X-Request-Id")) == 1
    assert answered.values("Content-Type") == ["application/problem+json"]
    assert answered.values("Cache-Control") == ["no-store"]
    problem: dict[str, object] = json.loads(answered.body)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answered.values("X-Request-Id")[0]
    assert problem["instance"] == f"urn:request:{problem['request_id']}"
    assert str(problem["type"]).endswith(f"/docs/#error-{code}")
    assert answered.values("X-Auth-Problem") == []
    challenges = [CHALLENGE] if status == 401 else []
    assert answered.values("WWW-Authenticate") == challenges
    assert gateway.upstream.taken() == []
    return problem


def test_a_viewer_may_read_and_the_api_learns_who_it_is(
    gateway: Gateway, payroll: CreatedKey, northwind: Tenant
) -> None:
    answered = ask(gateway.port, "GET", "/orders?page=2", [shown(payroll)])
    assert answered.status == 200
    [request] = gateway.upstream.taken()
    assert (request.method, request.target) == ("GET", "/orders?page=2")
    assert request.values("X-Client-Id") == [payroll.key.client_id]
    assert request.values("X-Tenant-Id") == [northwind.public_id]
    assert request.values("X-Key-Role") == ["viewer"]
    assert len(request.values("X-Request-Id")) == 1


def test_the_secret_goes_no_further_in_any_form(gateway: Gateway, payroll: CreatedKey) -> None:
    secret = payroll.secret.text
    pair = b64encode(f"{payroll.key.client_id}:{secret}".encode()).decode()
    for name, value in (
        ("api-key", secret),
        ("API-KEY", secret),
        ("X-API-Key", secret),
        ("Authorization", f"Bearer {secret}"),
        ("authorization", f"Basic {pair}"),
    ):
        assert ask(gateway.port, "GET", "/orders", [(name, value)]).status == 200, name
        [request] = gateway.upstream.taken()
        assert secret not in repr(request), name
        assert pair not in repr(request), name
        assert request.values("X-Client-Id") == [payroll.key.client_id]


def test_an_access_token_passes_and_goes_no_further(gateway: Gateway, payroll: CreatedKey) -> None:
    token = issue_token(payroll.key.client_id, int(time()), configured_peppers())
    answered = ask(gateway.port, "GET", "/orders", [("Authorization", f"Bearer {token}")])
    assert answered.status == 200
    [request] = gateway.upstream.taken()
    assert request.values("X-Client-Id") == [payroll.key.client_id]
    assert token not in repr(request)


def test_a_signed_request_passes_once(gateway: Gateway, gl_key: CreatedKey) -> None:
    """Method, path with query, and the digest of the body are the client's own at the check."""
    signed = Signed(gl_key.secret, "POST", "/caf%C3%A9?x=%2Fa&x=b%20c").with_digest()
    pairs = signed.pairs()
    assert ask(gateway.port, "POST", signed.target, pairs, BODY).status == 200
    [request] = gateway.upstream.taken()
    assert request.values("X-Client-Id") == [gl_key.key.client_id]
    assert (request.target, request.body) == (signed.target, BODY)
    assert request.values("Content-Digest") == [DIGEST]
    again = ask(gateway.port, "POST", signed.target, pairs, BODY)
    assert_refused(gateway, again, 401, "nonce_reused")
    elsewhere = ask(gateway.port, "POST", "/orders", signed.pairs(), BODY)
    problem = assert_refused(gateway, elsewhere, 401, "signature_invalid")
    assert "the request differs from the one that was signed" in str(problem["detail"])


CHUNKED = [("Transfer-Encoding", "chunked")], b"5\r\nhello\r\n0\r\n\r\n"
SIZED = [("Content-Length", "10")], b"0123456789"


@pytest.mark.parametrize("sent", [SIZED, CHUNKED], ids=["sized", "chunked"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
def test_a_signed_request_has_no_body_that_its_signature_does_not_cover(
    gateway: Gateway, gl_key: CreatedKey, method: str, sent: tuple[list[tuple[str, str]], bytes]
) -> None:
    """Whoever is between could add one, also with a digest that is not signed."""
    headers, body = sent
    arriving = b"hello" if sent == CHUNKED else body
    for extra in ([], [("Content-Digest", DIGEST)]):
        pairs = [*Signed(gl_key.secret, method, "/orders").pairs(), *headers, *extra]
        fields = "".join(f"{name}: {value}\r\n" for name, value in pairs)
        head = f"{method} /orders HTTP/1.1\r\nHost: api.example.com\r\n{fields}\r\n"
        with Caller(gateway.port) as caller:
            answered = caller.send(head.encode() + body, method)
        if gateway.family == Family.TRAEFIK:  # it cannot tell, as deploy/README.md says
            assert [request.body for request in gateway.upstream.taken()] == [arriving]
            continue
        assert (answered.status, gateway.upstream.taken()) == (401, [])
        assert answered.values("X-Auth-Error") == ["signature_invalid"]
        assert answered.values("Content-Type") == ["application/problem+json"]
        assert answered.values("Cache-Control") == ["no-store"]
        assert answered.values("WWW-Authenticate") == [CHALLENGE]
        assert len(answered.values("X-Request-Id")) == 1
        if method != "HEAD":
            problem = json.loads(answered.body)
            assert (problem["status"], problem["code"]) == (401, "signature_invalid")
            assert problem["detail"].endswith("or sign its Content-Digest.")
            assert problem["request_id"] == answered.values("X-Request-Id")[0]


def test_naming_a_digest_beside_the_signature_covers_no_body(
    gateway: Gateway, gl_key: CreatedKey
) -> None:
    pairs = dict(Signed(gl_key.secret, "DELETE", "/orders").pairs())
    given = pairs["signature-input"]
    for named in (
        f'{given}, other=("content-digest")',
        f'other=("content-digest"), {given}',
        f'{given};other="\\"content-digest\\""',
        given.replace(")", ' "content-digest")', 1),
    ):
        claims = [*(pairs | {"signature-input": named}).items(), ("Content-Digest", DIGEST)]
        answered = ask(gateway.port, "DELETE", "/orders", claims, BODY)
        assert answered.values("X-Auth-Error") == ["signature_invalid"]
        assert (answered.status, gateway.upstream.taken()) == (401, [])


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_signed_request_may_have_no_body_or_one_that_is_covered(
    gateway: Gateway, gl_key: CreatedKey, method: str
) -> None:
    signed = Signed(gl_key.secret, method, "/orders")
    for pairs, body in (
        (signed.pairs(), None),
        (signed.pairs(), b""),
        (signed.with_digest().pairs(), BODY),
        ([shown(gl_key)], BODY),  # not signed
    ):
        assert ask(gateway.port, method, "/orders", pairs, body).status == 200
        [request] = gateway.upstream.taken()
        assert request.body == (body or b"")


def test_roles_decide_by_method_and_path(
    gateway: Gateway, payroll: CreatedKey, gl_key: CreatedKey, admin_key: CreatedKey
) -> None:
    keys = {"viewer": payroll, "GL": gl_key, "admin": admin_key}
    passing = {
        (role, method, path): ask(gateway.port, method, path, [shown(key)], b"").status
        for role, key in keys.items()
        for method, path in (("GET", "/orders"), ("POST", "/orders"), ("GET", "/users/1"))
    }
    assert passing == {
        ("viewer", "GET", "/orders"): 200,
        ("viewer", "POST", "/orders"): 403,
        ("viewer", "GET", "/users/1"): 403,
        ("GL", "GET", "/orders"): 200,
        ("GL", "POST", "/orders"): 200,
        ("GL", "GET", "/users/1"): 403,
        ("admin", "GET", "/orders"): 200,
        ("admin", "POST", "/orders"): 200,
        ("admin", "GET", "/users/1"): 200,
    }
    reached = Counter(
        (request.values("X-Key-Role")[0], request.method, request.target)
        for request in gateway.upstream.taken()
    )
    assert reached == Counter(asked for asked, status in passing.items() if status == 200)


def test_a_refusal_by_role_explains_itself(gateway: Gateway, payroll: CreatedKey) -> None:
    answered = ask(gateway.port, "POST", "/orders", [shown(payroll)], b"{}")
    problem = assert_refused(gateway, answered, 403, "permission_denied")
    assert str(problem["detail"]).startswith("A viewer's key may only read")
    assert problem["role"] == "viewer"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([], "credential_missing"),
        ([("api-key", ONE)], "unauthenticated"),
        ([("api-key", "no secret of ours")], "credential_malformed"),
        ([("Authorization", "Negotiate YWJj")], "credential_malformed"),
        ([("api-key", ONE), ("Authorization", f"Bearer {OTHER}")], "multiple_credentials"),
    ],
    ids=["missing", "wrong", "malformed", "another scheme", "two"],
)
def test_a_bad_credential_is_refused_and_the_caller_learns_why(
    gateway: Gateway, headers: list[tuple[str, str]], code: str
) -> None:
    for path in ("/orders", "/orders.html"):
        problem = assert_refused(gateway, ask(gateway.port, "GET", path, headers), 401, code)
        assert problem["detail"] == Code(code).meaning
        assert "role" not in problem


def test_two_secrets_are_no_way_in(gateway: Gateway, payroll: CreatedKey) -> None:
    """What comes first or last may be looked at, but never the API sees either."""
    wrong = ("api-key", ONE)
    for pair in ([wrong, shown(payroll)], [shown(payroll), wrong]):
        ask(gateway.port, "GET", "/orders", pair)
        assert payroll.secret.text not in repr(gateway.upstream.taken())


def test_suspending_access_ends_it_at_the_next_request(
    gateway: Gateway, payroll: CreatedKey, northwind: Tenant
) -> None:
    assert ask(gateway.port, "GET", "/orders", [shown(payroll)]).status == 200
    gateway.upstream.taken()
    put_access(northwind, AccessState.SUSPENDED)
    answered = ask(gateway.port, "GET", "/orders", [shown(payroll)])
    assert_refused(gateway, answered, 401, "access_suspended")


def test_deleting_a_key_ends_it_at_the_very_next_request(
    gateway: Gateway, payroll: CreatedKey
) -> None:
    with Caller(gateway.port) as caller:
        assert caller.ask("GET", "/orders", [shown(payroll)]).status == 200
        gateway.upstream.taken()
        revoke_key(actor=PLATFORM, key=payroll.key)
        answered = caller.ask("GET", "/orders", [shown(payroll)])
    assert_refused(gateway, answered, 401, "unauthenticated")


def test_every_method_is_judged_as_itself(
    gateway: Gateway, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    # Envoy knows no coffee pots.
    known = set(METHODS) - ({"BREW"} if gateway.family == Family.ENVOY else set())
    for key, allowed in ((payroll, {"GET", "HEAD", "OPTIONS"}), (admin_key, known)):
        for method in METHODS:
            answered = ask(gateway.port, method, "/orders", [shown(key)])
            reached = [request.method for request in gateway.upstream.taken()]
            assert reached == ([method] if method in allowed else []), (method, answered)
            assert (answered.status == 200) == (method in allowed), (method, answered)


def test_a_connection_lives_through_refusals(gateway: Gateway, gl_key: CreatedKey) -> None:
    with Caller(gateway.port) as caller:
        for _ in range(3):
            assert caller.ask("GET", "/orders").status == 401
            assert caller.ask("POST", "/orders", [shown(gl_key)], b"{}").status == 200
            assert caller.ask("GET", "/users", [shown(gl_key)]).status == 403


def test_a_large_body_reaches_the_api_unchanged(gateway: Gateway, gl_key: CreatedKey) -> None:
    body = b"0123456789abcdef" * (MEGABYTE // 16)
    assert ask(gateway.port, "POST", "/orders", [shown(gl_key)], body).status == 200
    [request] = gateway.upstream.taken()
    assert request.body == body


def test_headers_too_large_are_the_callers_mistake(gateway: Gateway, payroll: CreatedKey) -> None:
    large = "x" * 64 * 1024
    for extra in (
        [("api-key", large)],
        [("Authorization", f"Bearer {large}")],
        [shown(payroll), ("X-Large", large)],
    ):
        assert 400 <= ask(gateway.port, "GET", "/orders", extra).status < 500
        assert gateway.upstream.taken() == []


def test_the_apis_own_refusals_pass_unchanged(gateway: Gateway, admin_key: CreatedKey) -> None:
    for status in (401, 403, 404, 409, 500, 502, 503, 504):
        answered = ask(gateway.port, "GET", f"/answer/{status}", [shown(admin_key)])
        assert answered.status == status
        assert json.loads(answered.body)["target"] == f"/answer/{status}"
        assert answered.values("X-Auth-Error") == []


def test_failures_count_for_the_address_they_come_from(
    gateway: Gateway, payroll: CreatedKey
) -> None:
    """And not for the one that the client claims."""
    innocents = "127.0.0.99"

    def claims(address: str) -> list[tuple[str, str]]:
        return [
            ("api-key", ONE),
            ("X-Forwarded-For", address),
            ("X-Real-IP", address),
            ("X-Envoy-External-Address", address),
            ("Forwarded", f"for={address}"),
        ]

    with Caller(gateway.port, "127.0.0.98") as guessing:
        answers = [
            guessing.ask("GET", "/", claims(innocents if number % 2 else f"127.1.0.{number % 250}"))
            for number in range(FAILURES_ALLOWED + 20)
        ]
    codes = [each.values("X-Auth-Error")[0] for each in answers]
    assert set(codes[:FAILURES_ALLOWED]) == {"unauthenticated"}
    # Once a second one is still looked up.
    refused = answers[codes.index("rate_limited")]
    assert refused.status == (429 if gateway.family == Family.NGINX else 401)
    assert refused.values("Retry-After") == ["5"]
    with Caller(gateway.port, innocents) as innocent:
        assert innocent.ask("GET", "/", [shown(payroll)]).status == 200
