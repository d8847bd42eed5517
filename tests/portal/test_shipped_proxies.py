"""What deploy/nginx/portal.conf and deploy/caddy/portal.Caddyfile do with the portal's requests."""

from collections.abc import Iterator

import httpx
import pytest

from accounts.models import AuditEvent, Session, User
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import CREATE, KEYS, SELF
from tests.factories import PASSWORD, make_key
from tests.proxied_portal import ProxiedPortal

FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "Forwarded": "for=203.0.113.9;proto=http;host=evil.example",
    "X_Forwarded_For": "203.0.113.9",
    "X_Forwarded_Proto": "http",
}


@pytest.fixture
def client(proxied_portal: ProxiedPortal) -> Iterator[httpx.Client]:
    with proxied_portal.client() as client:
        yield client


@pytest.fixture
def plain(proxied_portal: ProxiedPortal) -> Iterator[httpx.Client]:
    """A client that forgot TLS."""
    with httpx.Client(base_url=proxied_portal.plain_url) as client:
        yield client


def test_a_client_cannot_say_where_it_comes_from(
    client: httpx.Client, admin_key: CreatedKey
) -> None:
    headers = {"api-key": admin_key.secret.text} | FORGED
    assert client.post(KEYS, json=CREATE, headers=headers).status_code == 201
    assert AuditEvent.objects.filter(event="key.created").latest("pk").address == "127.0.0.1"


def test_people_are_led_to_tls_and_programs_are_refused(
    plain: httpx.Client, proxied_portal: ProxiedPortal, admin_key: CreatedKey
) -> None:
    page = plain.get("/accounts/login/", headers={"X-Forwarded-Proto": "https"})
    assert (page.status_code, page.headers["Location"]) == (
        301,
        f"{proxied_portal.plain_url.replace('http:', 'https:')}/accounts/login/",
    )
    for forged in ({}, {"X-Forwarded-Proto": "https"}):
        answer = plain.get(SELF, headers={"api-key": admin_key.secret.text} | forged)
        assert (answer.status_code, answer.json()["code"]) == (403, "https_required")


def test_a_person_signs_in_and_the_cookie_is_kept_for_tls(
    client: httpx.Client, alice: User
) -> None:
    client.get("/accounts/login/")
    token = client.cookies["__Host-csrf"]
    form = {"login": alice.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = client.post(
        "/accounts/login/", data=form, headers={"Origin": str(client.base_url).rstrip("/")}
    )
    assert answer.status_code == 302
    cookies = " ".join(answer.headers.get_list("Set-Cookie"))
    assert "__Host-session=" in cookies
    assert cookies.count("Secure") >= 1
    assert Session.objects.get(user=alice).address == "127.0.0.1"


def test_a_compressed_answer_has_a_tag_that_if_match_takes(
    client: httpx.Client, admin_key: CreatedKey, payroll: CreatedKey
) -> None:
    address = f"{KEYS}/{payroll.key.client_id}"
    headers = {"api-key": admin_key.secret.text, "Accept-Encoding": "gzip"}
    changed = client.patch(address, json={"description": "It compresses well."}, headers=headers)
    read = client.get(address, headers=headers)
    assert read.headers["Content-Encoding"] == "gzip"
    again = client.patch(
        address, json={"name": "Pay"}, headers=headers | {"If-Match": read.headers["ETag"]}
    )
    assert (changed.status_code, again.status_code) == (200, 200)
    stale = client.patch(
        address, json={"name": "Roll"}, headers=headers | {"If-Match": read.headers["ETag"]}
    )
    assert stale.status_code == 412


def test_a_page_is_not_compressed(client: httpx.Client) -> None:
    answer = client.get("/accounts/login/", headers={"Accept-Encoding": "gzip, br, zstd"})
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/gateway/verify", "/gateway", "//gateway/verify", "/%67ateway/verify"]
)
def test_checks_are_closed(path: str, client: httpx.Client, payroll: CreatedKey) -> None:
    assert client.get(path, headers={"api-key": payroll.secret.text}).status_code == 404


def test_a_body_that_is_too_long_is_refused(client: httpx.Client, admin_key: CreatedKey) -> None:
    headers = {"api-key": admin_key.secret.text}
    assert client.post(KEYS, content=b"x" * 100_000, headers=headers).status_code == 413


def test_it_hands_on_what_the_portal_says(client: httpx.Client, admin_key: CreatedKey) -> None:
    make_key(admin_key.key.tenant)
    answer = client.get(f"{SELF}?", headers={"api-key": admin_key.secret.text})
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Strict-Transport-Security"]
    assert answer.headers["X-Request-ID"]
    unknown = client.get(SELF, headers={"api-key": "nothing"})
    assert unknown.headers["WWW-Authenticate"].startswith("Bearer ")
    assert unknown.headers["Content-Type"] == "application/problem+json"
