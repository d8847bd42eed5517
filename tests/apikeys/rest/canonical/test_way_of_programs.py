"""Requests of programs pass by what only pages need, and by nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from apikeys.rest import auth
from apikeys.rest.routes import API_ROOTS
from tests.apikeys.rest.canonical.calls import KEYS, problem
from tests.factories import signed_in

HEADERS = [
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
]


def _views(found: Any, path: str) -> Iterator[Any]:
    for each in found:
        if isinstance(each, URLResolver):
            yield from _views(each.url_patterns, f"{path}{each.pattern}")
        elif isinstance(each, URLPattern) and path.startswith(API_ROOTS):
            yield pytest.param(each.callback, id=f"{path}{each.pattern}")


@pytest.mark.parametrize("view", list(_views(get_resolver().url_patterns, "/")))
def test_each_view_says_that_it_needs_nothing_of_pages(view: Any) -> None:
    assert view.login_required is False
    assert view.csrf_exempt is True
    assert view._non_atomic_requests == {"default"}


def test_no_session_is_looked_for(payroll: object, alice: User) -> None:
    client = signed_in(alice)
    with CaptureQueriesContext(connection) as asked:
        response = client.get(KEYS)
    problem(response, 401, "credential_missing")
    assert not asked.captured_queries
    assert not response.cookies
    assert "Vary" not in response


def test_its_answers_have_the_security_headers_of_pages(admin: Client) -> None:
    page = Client().get("/docs/")
    answer = admin.get(KEYS)
    assert {name: answer[name] for name in HEADERS} == {name: page[name] for name in HEADERS}
    assert answer["Content-Length"] == str(len(answer.content))


def test_a_host_that_is_not_ours_is_refused(admin: Client) -> None:
    problem(admin.get(KEYS, headers={"host": "elsewhere.example"}), 400, "validation_failed")


def test_what_breaks_is_answered_in_its_form_and_logged_once(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(request: HttpRequest) -> Any:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr(auth, "presented_credential", broken)
    response = Client(raise_request_exception=False).get(KEYS)
    said = problem(response, 500, "unavailable")
    events = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    (failed,) = (each for each in events if str(each["event"]).startswith("request_"))
    assert failed["event"] == "request_failed"
    assert failed["request_id"] == said["request_id"]


def test_each_request_leaves_its_line_in_the_log(
    admin: Client, caplog: pytest.LogCaptureFixture
) -> None:
    response = admin.get(KEYS)
    events = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    (line,) = (each for each in events if each["event"] == "request_finished")
    assert line["request"] == f"GET {KEYS}"
    assert (line["code"], line["ip"]) == (200, "127.0.0.1")
    assert line["request_id"] == response["X-Request-Id"]


@pytest.mark.parametrize(
    "path",
    [
        *("/v1", "/api_keys", "/oauth", "/auth", "/v1/nothing", "/v1/nothing/", "/api_keys/"),
        *("/v1//api-key/self", "/oauth/token/"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_that_is_none_is_said_in_the_form_of_the_api(
    path: str, method: str, db: None
) -> None:
    """A redirect to an added slash would make a GET of a POST, and a page says nothing to code."""
    answer = Client().generic(method, path)
    assert answer.status_code == 404
    assert "json" in answer["Content-Type"]
