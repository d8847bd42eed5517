"""A PostgreSQL that takes everything and answers nothing holds nobody for ever."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from apikeys.models import ApiKey
from portal.launcher.embedded_postgres import Cluster
from portal.postgresql import base
from tests.apikeys.rest.canonical.calls import Answer, address, problem
from tests.apikeys.rest.oauth.calls import by_basic
from tests.faults.conftest import Fragile, silent
from tests.faults.requests import asked, goes_on


def test_it_is_not_ready(cluster: Cluster, fragile: Fragile, prepare: Callable[[], None]) -> None:
    def ready() -> Answer:
        return Client().get("/readyz")

    assert asked(ready).status_code == 200
    prepare()
    with silent(cluster):
        answer = asked(ready)
        assert Client().get("/livez").status_code == 200
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert goes_on(ready)


def test_a_probe_that_waited_in_vain_tries_no_other_connection(
    cluster: Cluster, fragile: Fragile, attempts: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection rested, so it is asked first whether it works."""
    connection.ensure_connection()
    attempts.clear()
    monkeypatch.setattr(base, "TRUSTED_FOR", 0.0)
    with silent(cluster):
        assert asked(lambda: Client().get("/readyz")).status_code == 503
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
        problem(asked(lambda: program.delete(address(fragile.payroll))), 503, "unavailable")
        problem(asked(lambda: program.get(address(fragile.payroll))), 503, "unavailable")
    assert goes_on(lambda: program.get(address(fragile.payroll)))
    assert asked(lambda: program.delete(address(fragile.payroll))).status_code == 204


def test_no_token_is_issued(
    cluster: Cluster, fragile: Fragile, prepare: Callable[[], None]
) -> None:
    def token() -> Answer:
        return by_basic(fragile.admin_key)

    prepare()
    with silent(cluster):
        assert asked(token).status_code == 503
    assert goes_on(token)


def test_a_page_says_so(cluster: Cluster, fragile: Fragile, prepare: Callable[[], None]) -> None:
    browser = fragile.browser
    prepare()
    with silent(cluster):
        answer = asked(lambda: browser.post(f"{fragile.page}delete/", {"reason": "Leaked"}))
        assert answer.status_code == 503
        assert "look at the page it concerns" in answer.content.decode()
    assert goes_on(lambda: browser.get(fragile.page))


def test_a_request_waits_for_a_connection_once(
    cluster: Cluster, fragile: Fragile, attempts: list[object]
) -> None:
    """Its page asks for the person, and so does its line in the log."""
    browser = fragile.browser
    connection.close()
    attempts.clear()
    with silent(cluster):
        assert asked(lambda: browser.get(fragile.page)).status_code == 503
    assert len(attempts) == 1


def test_the_end_of_a_transaction_looks_for_no_other_connection(
    cluster: Cluster, fragile: Fragile
) -> None:
    """Or it would wait for the silent server once more."""
    with silent(cluster), pytest.raises(OperationalError, match="silent"), transaction.atomic():
        ApiKey.objects.count()
    assert connection.connection is None
    assert ApiKey.objects.filter(pk=fragile.payroll.key.pk).exists()
