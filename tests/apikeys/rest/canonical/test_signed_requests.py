"""Requests signed with a key's secret (RFC 9421), over the real server, on both APIs."""

import json
import time
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts.models import Tenant
from apikeys.credentials import new_client_secret
from apikeys.models import AccessState, KeyUsage, UsedNonce
from apikeys.services.keys import CreatedKey, revoke_key
from tests.apikeys.rest.canonical.calls import CREATE, KEYS, SELF
from tests.apikeys.rest.canonical.signing import Signer, refused, send, signer
from tests.apikeys.rest.oauth.calls import FORM, INTROSPECT, token_of
from tests.factories import PLATFORM, let_expire, put_access
from tests.noted_uses import written
from tests.same_bytes import body_of
from tests.served_portal import ServedPortal

BODY = json.dumps(CREATE).encode()
INVALID = (401, "signature_invalid")
EXPIRED = (401, "signature_expired")
REUSED = (401, "nonce_reused")


@pytest.fixture
def by(served_portal: ServedPortal, admin_key: CreatedKey) -> Signer:
    """Northwind's admin key, signing."""
    return signer(admin_key)


@pytest.fixture
def url(served_portal: ServedPortal) -> str:
    """Where a key asks who it is."""
    return served_portal.url + SELF


@pytest.fixture
def keys_url(served_portal: ServedPortal) -> str:
    """Where keys are listed and created."""
    return served_portal.url + KEYS


def test_a_signed_get_passes_and_is_a_use(by: Signer, url: str) -> None:
    answer = send(by, "GET", url)
    assert (answer.status_code, answer.json()["client_id"]) == (200, by.secret.client_id)
    assert [use.key.client_id for use in written(KeyUsage.objects.all)] == [by.secret.client_id]


def test_a_signed_post_creates(by: Signer, keys_url: str) -> None:
    answer = send(by, "POST", keys_url, BODY)
    assert (answer.status_code, answer.json()["email"]) == (201, CREATE["email"])


def test_a_signed_delete_needs_no_digest(by: Signer, keys_url: str, payroll: CreatedKey) -> None:
    assert send(by, "DELETE", f"{keys_url}/{payroll.key.client_id}").status_code == 204


def test_it_passes_on_the_merchant_api(
    by: Signer, served_portal: ServedPortal, northwind: Tenant
) -> None:
    base = f"{served_portal.url}/api_keys/{northwind.public_id}"
    assert len(send(by, "GET", f"{base}/list?limit=5").json()) == 1
    made = send(by, "POST", base, b'{"name": "Till 7", "expiration": "never"}')
    assert made.status_code == 200
    refusal = send(by, "POST", base, b"{}", **{"Content-Digest": "sha-256=:AAAA:"})
    assert (refusal.status_code, refusal.json()["error"]["code"]) == (401, "IR_01")


def test_it_passes_at_the_introspection(
    by: Signer, served_portal: ServedPortal, payroll: CreatedKey
) -> None:
    form = f"token={token_of(payroll)}".encode()
    where = served_portal.url + INTROSPECT
    assert send(by, "POST", where, form, **{"Content-Type": FORM}).json()["active"] is True


@pytest.mark.parametrize(
    "query",
    [
        "limit=1",
        "email=a%40b.example&limit=1",
        "email=a@b.example",
        "email=%c3%a4@b.example",
        "email=a+b%2Bc@d.example",
        "email=a%7Cb%27@d.example",
    ],
)
def test_the_query_is_signed_as_it_is_sent(by: Signer, keys_url: str, query: str) -> None:
    address = httpx.URL(f"{keys_url}?{query}")
    answer = send(by, "GET", str(address))
    assert answer.status_code in {200, 422}, answer.text  # it was let in


def test_a_cursor_may_be_followed(by: Signer, keys_url: str, payroll: CreatedKey) -> None:
    first = send(by, "GET", f"{keys_url}?limit=1").json()
    second = send(by, "GET", f"{keys_url}?limit=1&cursor={first['next_cursor']}").json()
    assert first["items"] != second["items"]
    assert len(second["items"]) == 1


@pytest.mark.parametrize("way", ["query", "path", "origin", "method", "more"])
def test_it_refuses_another_request_than_the_signed_one(
    by: Signer, keys_url: str, url: str, way: str
) -> None:
    method, signed = {
        "query": ("GET", f"{keys_url}?limit=2"),
        "path": ("GET", url),
        "origin": ("GET", "https://elsewhere.example/v1/api-key/keys?limit=1"),
        "method": ("HEAD", f"{keys_url}?limit=1"),
        "more": ("GET", f"{keys_url}?limit=1&status=all"),
    }[way]
    headers = by.headers(method, signed)
    assert refused(httpx.get(f"{keys_url}?limit=1", headers=headers)) == INVALID


@pytest.mark.parametrize("body", [b'{"email": "other@example.com"}', BODY + b" ", b"", None])
def test_it_refuses_another_body(by: Signer, keys_url: str, body: bytes | None) -> None:
    headers = {"Content-Type": "application/json"} | by.headers("POST", keys_url, BODY)
    assert refused(httpx.post(keys_url, content=body, headers=headers)) == INVALID
    assert not UsedNonce.objects.exists()  # nothing was proved


def test_it_refuses_a_body_whose_digest_is_not_signed(by: Signer, keys_url: str) -> None:
    bare = Signer(by.secret, covered=("@method", "@target-uri"))
    assert refused(send(bare, "POST", keys_url, BODY)) == INVALID
    assert refused(send(by, "POST", keys_url)) == INVALID


@pytest.mark.parametrize("digested", [True, False])
def test_it_refuses_a_delete_with_a_body(
    by: Signer, keys_url: str, payroll: CreatedKey, *, digested: bool
) -> None:
    address = f"{keys_url}/{payroll.key.client_id}"
    headers = by.headers("DELETE", address, b"{}" if digested else None)
    answer = httpx.request("DELETE", address, content=b"{}", headers=headers)
    assert refused(answer) == INVALID
    payroll.key.refresh_from_db()
    assert payroll.key.revoked_at is None


@pytest.mark.parametrize("name", ["@method", "@target-uri"])
def test_it_refuses_what_does_not_cover_enough(by: Signer, url: str, name: str) -> None:
    covered = tuple({"@method", "@target-uri"} - {name})
    assert refused(send(Signer(by.secret, covered=covered), "GET", url)) == INVALID


def test_a_replay_is_refused_by_every_process_and_on_every_api(
    by: Signer, url: str, served_portal: ServedPortal, northwind: Tenant
) -> None:
    """The server has two worker processes, and takes each new connection with either."""
    headers = by.headers("GET", url)
    assert httpx.get(url, headers=headers).status_code == 200
    assert {refused(httpx.get(url, headers=headers)) for _ in range(12)} == {REUSED}
    same = by.but(nonce="the-same")
    merchants = f"{served_portal.url}/api_keys/{northwind.public_id}/list"
    assert send(same, "GET", url).status_code == 200
    assert send(same, "GET", merchants).status_code == 401
    assert send(by, "GET", merchants).status_code == 200


def test_a_nonce_is_one_keys(by: Signer, url: str, payroll: CreatedKey) -> None:
    for each in (by, signer(payroll)):
        assert send(each.but(nonce="the-same"), "GET", url).status_code == 200


@pytest.mark.parametrize(
    ("offset", "status"), [(-3600, 401), (-310, 401), (-280, 200), (0, 200), (60, 401)]
)
def test_it_holds_the_time_of_the_signature(by: Signer, url: str, offset: int, status: int) -> None:
    answer = send(by.but(created=int(time.time()) + offset), "GET", url)
    assert answer.status_code == status
    assert status == 200 or refused(answer) == EXPIRED


def test_an_expires_of_the_clients_own_is_held_too(by: Signer, url: str) -> None:
    now = int(time.time())
    assert refused(send(by.but(expires=now - 1), "GET", url)) == EXPIRED
    assert send(by.but(expires=now + 60), "GET", url).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"tag": None},
        {"tag": "another"},
        {"alg": None},
        {"alg": "hmac-sha256"},
        {"alg": "rsa-pss-sha512"},
        {"keyid": None},
        {"keyid": "nobody"},
        {"keyid": 5},
        {"created": None},
        {"created": "now"},
        {"created": 1.5},
        {"expires": "soon"},
        {"nonce": None},
        {"nonce": ""},
        {"nonce": "n" * 65},
        {"nonce": 7},
    ],
)
def test_it_refuses_every_other_form(by: Signer, url: str, changes: dict[str, object]) -> None:
    assert refused(send(by.but(**changes), "GET", url)) == INVALID


def test_a_nonce_may_have_64_characters(by: Signer, url: str) -> None:
    assert send(by.but(nonce="n" * 64), "GET", url).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Signature": "sig=:AAAA:"},
        {"Signature-Input": 'sig=("@method")'},
        {"Signature": "", "Signature-Input": ""},
        {"Signature": "garbage", "Signature-Input": "garbage"},
        {"Signature": "sig=:AAAA:", "Signature-Input": "sig=1"},
        {"Signature": "other=:AAAA:"},
    ],
)
def test_it_refuses_broken_headers(by: Signer, url: str, headers: dict[str, str]) -> None:
    given = by.headers("GET", url) | headers if len(headers) == 2 else headers
    assert refused(httpx.get(url, headers=given)) == INVALID


def test_it_refuses_two_signatures(by: Signer, url: str) -> None:
    one, two = by.headers("GET", url), Signer(by.secret, label="b").headers("GET", url)
    both = {name: f"{one[name]}, {two[name]}" for name in one}
    assert refused(httpx.get(url, headers=both)) == INVALID
    lines = [*one.items(), *two.items()]
    assert refused(httpx.get(url, headers=lines)) == INVALID


@pytest.mark.parametrize("header", ["api-key", "X-API-Key", "Authorization"])
def test_it_refuses_a_second_credential(by: Signer, url: str, header: str) -> None:
    text = by.secret.text
    more = {header: f"Bearer {text}" if header == "Authorization" else text}
    assert refused(send(by, "GET", url, None, **more)) == (400, "multiple_credentials")


def test_unknown_revoked_and_wrong_are_alike(
    by: Signer, url: str, payroll: CreatedKey, gl_key: CreatedKey
) -> None:
    revoke_key(actor=PLATFORM, key=gl_key.key)
    unknown = Signer(new_client_secret("dev"))
    wrong = by.but(keyid=payroll.key.client_id)
    answers = [send(each, "GET", url) for each in (unknown, signer(gl_key), wrong)]
    assert {refused(each) for each in answers} == {INVALID}
    assert len({body_of(each) for each in answers}) == 1
    assert len({tuple(sorted(set(each.headers) - {"date"})) for each in answers}) == 1


def test_who_signed_rightly_learns_why_it_does_not_pass(
    by: Signer, url: str, payroll: CreatedKey, northwind: Tenant
) -> None:
    let_expire(payroll.key)
    assert refused(send(signer(payroll), "GET", url)) == (401, "key_expired")
    put_access(northwind, AccessState.SUSPENDED)
    assert refused(send(by, "GET", url)) == (401, "access_suspended")


def test_another_private_key_signs_for_nobody(
    by: Signer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Ed25519PrivateKey.generate()
    monkeypatch.setattr(Signer, "_key", lambda _: other)
    assert refused(send(by, "GET", url)) == INVALID


@pytest.mark.parametrize(
    "target", [f"{SELF}?", SELF.replace("self", "%73elf"), f"/{SELF}", f"{SELF}?confirm="]
)
def test_the_address_is_judged_as_it_was_sent(
    target: str, by: Signer, served_portal: ServedPortal
) -> None:
    """A client signs what it sends; another spelling of the same address is another text."""
    there = urlsplit(served_portal.url)

    def ask(signed: str) -> int:
        headers = by.headers("GET", served_portal.url + signed)
        with closing(HTTPConnection(there.hostname or "", there.port)) as connection:
            connection.request("GET", target, headers=headers)
            with connection.getresponse() as answer:
                return answer.status

    expected = 422 if "confirm" in target else 200  # the address knows no such parameter
    assert ask(target) == expected
    assert ask(SELF) == 401
