"""What every page answers with, and what error pages give away."""

import httpx
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from accounts.models import Tenant, User
from apikeys.services.keys import CreatedKey
from tests.factories import PASSWORD, signed_in
from tests.served_portal import ServedPortal


def test_it_forbids_everything_that_does_not_come_from_itself(alice: User) -> None:
    """No inline script or style, no frame, no foreign form."""
    policy = signed_in(alice).get("/account/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy


def test_it_keeps_pages_out_of_shared_caches(alice: User, northwind: Tenant) -> None:
    """A proxy must not hand one person's page to another."""
    answer = signed_in(alice).get(f"/account/{northwind.public_id}/keys/")
    assert "private" in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]


def test_its_cookies_are_closed_to_scripts_and_other_sites(alice: User) -> None:
    """HttpOnly and SameSite on both."""
    client = Client()
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    client.get("/account/")
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


def test_it_shows_a_missing_page_in_the_portals_design(alice: User) -> None:
    """With the request's id and a way home."""
    answer = signed_in(alice).get("/no/such/page/")
    assert answer.status_code == 404
    assert answer["X-Request-Id"] in answer.content.decode()


def test_it_refuses_a_content_type_that_no_client_sends(served_portal: ServedPortal) -> None:
    """Django cannot make a request of it; the real server must not answer 500."""
    headers = {"Content-Type": "x" * 10_001}
    assert httpx.get(f"{served_portal.url}/v1/api-key/self", headers=headers).status_code == 400


def test_it_answers_503_when_the_database_does_not(
    alice: User, payroll: CreatedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the design, without asking the database for the page that says so."""
    client = signed_in(alice)
    client.raise_request_exception = False

    def refuse(*_: object) -> None:
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(refuse):
        answer = client.get("/account/")
        problem = client.get("/v1/api-key/self", headers={"api-key": payroll.secret.text})
    assert (answer.status_code, problem.status_code) == (503, 503)
    assert (answer["Retry-After"], problem["Retry-After"]) == ("5", "5")
    assert "the server closed the connection" not in answer.content.decode()
    assert problem.json()["code"] == "unavailable"


def test_it_sends_htmx_to_sign_in_when_the_session_is_over(northwind: Tenant) -> None:
    """The whole page goes there; a fragment of it must not become a sign-in form."""
    answer = Client().get(f"/account/{northwind.public_id}/keys/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer["HX-Redirect"].startswith("/accounts/login/")


def test_it_does_not_redirect_to_another_site_after_sign_in(alice: User) -> None:
    """An address that somebody mailed must not lead away from us."""
    answer = signed_in(alice).get("/accounts/login/?next=https://evil.example/")
    assert answer["Location"] == "/"
