"""What the log says of a request: where it went, and the names of its parameters. No values."""

import logging
from typing import Any

import httpx
import pytest
from django.db import IntegrityError
from django.http import HttpRequest
from django.test import Client, RequestFactory

from accounts.models import Tenant, User
from apikeys.rest import auth
from portal.middleware import RequestLines
from portal.request_lines import NAMES_MAX, PATH_MAX
from tests.apikeys.rest.canonical.calls import KEYS
from tests.factories import signed_in
from tests.served_portal import ServedPortal
from tests.written_log import WrittenLog

SOMEBODY = "somebody.else@example.com"


def line_of(path: str) -> str:
    line: str = RequestLines.format_request(RequestFactory().get(path))
    return line


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", ""),
        ("?", ""),
        (f"?q={SOMEBODY}&page=2", "?q&page"),
        ("?q=a%26b=c&q=d", "?q&q"),
        ("?password__regex=%5Ea", "?password__regex"),
        (f"?{SOMEBODY}", "?[odd]"),
        (f"?{SOMEBODY.replace('@', '%40')}=1&x", "?[odd]&x"),
        ("?=1&&%00=2&a%0Ab=3", "?[odd]&[odd]&[odd]&[odd]"),
        ("?" + "a" * 41, "?[odd]"),
        ("?" + "&".join(["a=1"] * 5000), "?" + "a&" * NAMES_MAX + "…"),
        (f"?a=1?b={SOMEBODY}", "?a"),
    ],
    ids=lambda text: text[:30],
)
def test_a_line_names_the_parameters_and_says_no_value(query: str, said: str) -> None:
    assert line_of(f"/docs/{query}") == f"GET /docs/{said}"


def test_a_long_path_is_cut() -> None:
    assert line_of("/" + "a" * 5000) == "GET /" + "a" * (PATH_MAX - 1) + "…"


def test_pages_apis_and_refusals_say_no_value(
    alice: User, northwind: Tenant, written: WrittenLog
) -> None:
    client = signed_in(alice)
    query = {"q": SOMEBODY}
    for path in (f"/account/{northwind.public_id}/keys/", "/no/such/page", "/ops/", "/docs/"):
        client.get(path, query, headers={"HX-Current-URL": f"http://testserver/?q={SOMEBODY}"})
    Client().get(KEYS, query)
    Client().get("/account/", query, headers={"host": "elsewhere.example"})
    Client().get(f"/account/?{'&'.join(f'p{n}={SOMEBODY}' for n in range(200))}")
    assert "GET /docs/?q" in written.text
    assert f"GET {KEYS}?q" in written.text
    assert "somebody.else" not in written.text


@pytest.mark.parametrize("path", [KEYS, "/docs/"])
def test_what_breaks_says_no_value(
    path: str, db: None, written: WrittenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the error's text shows the whole request."""

    def broken(request: HttpRequest, *_: object) -> Any:
        raise ValueError(f"a mistake of ours with {request!r}")

    monkeypatch.setattr(auth, "presented_credential", broken)
    monkeypatch.setattr("apikeys.pages.docs.views.render", broken)
    client = Client(raise_request_exception=False)
    assert client.get(path, {"q": f"o'{SOMEBODY}"}).status_code == 500
    assert "a mistake of ours with" in written.text
    assert "somebody.else" not in written.text


def test_a_foreign_page_that_sends_a_form_says_no_value(db: None, written: WrittenLog) -> None:
    referer = f"https://elsewhere.example/search?q={SOMEBODY}"
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/login/", secure=True, headers={"Referer": referer})
    assert answer.status_code == 403
    assert "elsewhere.example/search?q" in written.text
    assert "somebody.else" not in written.text


def test_a_row_that_the_database_refused_is_not_shown(
    alice: User, written: WrittenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL repeats the values: the email that is taken, or the whole row."""

    def broken(*_: object) -> None:
        User.objects.create_user(alice.email.upper(), "x")

    monkeypatch.setattr("apikeys.pages.docs.views.render", broken)
    client = Client(raise_request_exception=False)
    assert client.get("/docs/").status_code == 500
    assert "duplicate key value violates unique constraint" in written.text
    assert IntegrityError.__name__ in written.text
    assert alice.email not in written.text


def test_the_rest_of_an_error_stays(written: WrittenLog) -> None:
    said = "\n\nThe above exception was the direct cause of the following exception:\n\nlast words"
    logging.getLogger("x").error("first\nDETAIL:  Key (a)=(b\n\nc).\nHINT:  d%s", said)
    assert "first" in written.text
    assert "last words" in written.text
    assert "Key (a)" not in written.text
    assert "HINT" not in written.text


def test_a_question_that_is_no_address_stays(written: WrittenLog) -> None:
    logging.getLogger("x").error("Really? a=b (?P<name>x) why?because")
    assert "Really? a=b (?P<name>x) why?because" in written.text


def test_a_long_text_of_questions_takes_no_time(written: WrittenLog) -> None:
    """In one pass, however many there are."""
    logging.getLogger("x").error("a?" * 500_000)
    assert len(written.text) > 1_000_000


def test_the_served_portal_writes_no_value(served_portal: ServedPortal) -> None:
    for path in ("/docs/", KEYS, "/account/", "/livez"):
        httpx.get(f"{served_portal.url}{path}", params={"q": SOMEBODY})
    log = served_portal.log.read_text()
    assert "GET /docs/?q" in log
    assert "somebody.else" not in log
