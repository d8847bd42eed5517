"""A PostgreSQL that takes everything and answers nothing holds nobody for ever."""

import time
from collections.abc import Callable
from threading import Event
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from apikeys.models import ApiKey
from portal.embedded_postgres import Cluster
from portal.postgresql import base
from portal.postgresql.connection import Connection
from tests.api.calls import Answer, address, problem
from tests.faults.conftest import LONGEST_WAIT, Fragile, silent
from tests.oauth.calls import by_basic

type Ask = Callable[[], Answer]


@pytest.fixture(params=["connected", "not connected"])
def prepare(request: pytest.FixtureRequest) -> Callable[[], None]:
    """What this worker has when the database falls silent."""
    return connection.ensure_connection if request.param == "connected" else connection.close


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One for each attempt to connect."""
    found: list[object] = []
    connect = Connection.connect

    def counted(**options: Any) -> Connection:
        found.append(options)
        return connect(**options)

    monkeypatch.setattr(Connection, "connect", counted)
    return found


def _asked(ask: Ask) -> Answer:
    """The answer; before and after it the connection is looked at, as with each request."""
    connection.close_if_unusable_or_obsolete()
    try:
        return ask()
    finally:
        connection.close_if_unusable_or_obsolete()


def _goes_on(ask: Ask) -> bool:
    """Whether the answer becomes a success by itself."""
    deadline = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < deadline:
        if _asked(ask).status_code < 300:
            return True
        Event().wait(0.05)
    return False


def test_it_is_not_ready(cluster: Cluster, fragile: Fragile, prepare: Callable[[], None]) -> None:
    def ready() -> Answer:
        return Client().get("/readyz")

    assert _asked(ready).status_code == 200
    prepare()
    with silent(cluster):
        answer = _asked(ready)
        assert Client().get("/livez").status_code == 200
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert _goes_on(ready)


def test_a_probe_that_waited_in_vain_tries_no_other_connection(
    cluster: Cluster, fragile: Fragile, attempts: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection rested, so it is asked first whether it works."""
    connection.ensure_connection()
    attempts.clear()
    monkeypatch.setattr(base, "TRUSTED_FOR", 0.0)
    with silent(cluster):
        assert _asked(lambda: Client().get("/readyz")).status_code == 503
    assert attempts == []


def test_a_statement_that_waits_makes_it_not_ready(cluster: Cluster, fragile: Fragile) -> None:
    """And is ended on the server: a probe comes every few seconds."""
    with psycopg.connect(cluster.url("postgres")) as other:
        other.execute("LOCK TABLE django_migrations")
        assert Client().get("/readyz").status_code == 503
        asked = other.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    assert asked == (0,)
    assert Client().get("/readyz").status_code == 200


def test_the_api_is_unavailable(
    cluster: Cluster, fragile: Fragile, prepare: Callable[[], None]
) -> None:
    program = fragile.program
    prepare()
    with silent(cluster):
        problem(_asked(lambda: program.delete(address(fragile.payroll))), 503, "unavailable")
        problem(_asked(lambda: program.get(address(fragile.payroll))), 503, "unavailable")
    assert _goes_on(lambda: program.get(address(fragile.payroll)))
    assert _asked(lambda: program.delete(address(fragile.payroll))).status_code == 204


def test_no_token_is_issued(
    cluster: Cluster, fragile: Fragile, prepare: Callable[[], None]
) -> None:
    def token() -> Answer:
        return by_basic(fragile.admin_key)

    prepare()
    with silent(cluster):
        assert _asked(token).status_code == 503
    assert _goes_on(token)


def test_a_page_says_so(cluster: Cluster, fragile: Fragile, prepare: Callable[[], None]) -> None:
    browser = fragile.browser
    prepare()
    with silent(cluster):
        answer = _asked(lambda: browser.post(f"{fragile.page}delete/", {"reason": "Leaked"}))
        assert answer.status_code == 503
        assert "look at the page it concerns" in answer.content.decode()
    assert _goes_on(lambda: browser.get(fragile.page))


def test_a_request_waits_for_a_connection_once(
    cluster: Cluster, fragile: Fragile, attempts: list[object]
) -> None:
    """Its page asks for the person, and so does its line in the log."""
    browser = fragile.browser
    connection.close()
    attempts.clear()
    with silent(cluster):
        assert _asked(lambda: browser.get(fragile.page)).status_code == 503
    assert len(attempts) == 1


def test_the_end_of_a_transaction_looks_for_no_other_connection(
    cluster: Cluster, fragile: Fragile
) -> None:
    """Or it would wait for the silent server once more."""
    with silent(cluster), pytest.raises(OperationalError, match="silent"), transaction.atomic():
        ApiKey.objects.count()
    assert connection.connection is None
    assert ApiKey.objects.filter(pk=fragile.payroll.key.pk).exists()
