"""One thread asks the database all the time, so that no request finds out by waiting."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.launcher.embedded_postgres import Cluster
from portal.postgresql.hearing import hearing
from portal.postgresql.prober import _Asking
from tests.apikeys.rest.canonical.calls import Answer, address, problem
from tests.faults.conftest import LONGEST_WAIT, Fragile, beside, probing, silent, superuser
from tests.faults.requests import asked, goes_on

PROBERS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'portal-prober'"
AT_COMMIT = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


def _ready() -> Answer:
    return Client().get("/readyz")


def _becomes(status: int) -> bool:
    """Whether `/readyz` answers so by itself."""
    deadline = time.monotonic() + LONGEST_WAIT
    while _ready().status_code != status:
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(0.05)
    return True


def _one(superuser: "psycopg.Connection[Any]", query: str) -> Any:
    row = superuser.execute(query.encode()).fetchone()
    return row and row[0]


def test_silence_ends_every_wait_and_goes_by_itself(
    cluster: Cluster, probed: Fragile, prepare: Callable[[], None]
) -> None:
    program, browser = probed.program, probed.browser
    prepare()
    with silent(cluster):
        problem(asked(lambda: program.delete(address(probed.payroll))), 503, "unavailable")
        assert asked(lambda: browser.get(probed.page)).status_code == 503
    assert goes_on(lambda: program.get(address(probed.payroll)))
    assert asked(lambda: program.delete(address(probed.payroll))).status_code == 204


def test_nobody_begins_to_wait_for_a_silent_server(
    cluster: Cluster, probed: Fragile, attempts: list[object]
) -> None:
    with silent(cluster):
        problem(asked(lambda: probed.program.get(address(probed.payroll))), 503, "unavailable")
        attempts.clear()
        problem(asked(lambda: probed.program.get(address(probed.payroll))), 503, "unavailable")
    assert attempts == []


@contextmanager
def _silent_at_commit(cluster: Cluster) -> Iterator[None]:
    """The server hangs once somebody waits at COMMIT."""
    over = threading.Event()

    def hang() -> None:
        with superuser(cluster) as other:
            while not _one(other, AT_COMMIT) and not over.wait(0.01):
                pass
        with silent(cluster):
            over.wait(LONGEST_WAIT)

    try:
        with beside(hang, over):
            yield
    finally:
        with superuser(cluster) as other:  # who was left behind holds locks
            other.execute(AT_COMMIT.replace("count(*)", "pg_cancel_backend(pid)").encode())


def test_silence_at_commit_is_an_unknown_outcome(cluster: Cluster, probed: Fragile) -> None:
    with _silent_at_commit(cluster):
        problem(probed.program.delete(address(probed.payroll)), 503, "outcome_unknown")
        assert hearing.silent  # or it was another limit that ended it


def test_a_slow_statement_on_a_server_that_lives_goes_on(probed: Fragile) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'slept' FROM pg_sleep(1.5)")
        assert cursor.fetchone() == ("slept",)


def test_only_a_server_that_nobody_hears_is_silent(cluster: Cluster, probed: Fragile) -> None:
    """It is the prober's connection alone that hangs; it gets itself another one."""
    with superuser(cluster) as other:
        hanging = _one(other, PROBERS)
        os.kill(hanging, signal.SIGSTOP)
        try:
            found = [hanging]
            deadline = time.monotonic() + LONGEST_WAIT
            while found == [hanging] and time.monotonic() < deadline:
                with connection.cursor() as cursor:
                    cursor.execute(PROBERS + " ORDER BY backend_start")
                    found = [pid for (pid,) in cursor.fetchall()]
                assert not hearing.silent
        finally:
            os.kill(hanging, signal.SIGCONT)
    assert len(found) == 2


def test_what_others_heard_last_delays_the_judgement_and_is_no_reason_to_connect_anew(
    cluster: Cluster, probed: Fragile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server hangs after it answered somebody else and before it answers the prober."""
    silent_at_connect: list[bool] = []

    def noted(**options: Any) -> NoReturn:
        silent_at_connect.append(hearing.silent)
        raise psycopg.OperationalError

    monkeypatch.setattr(_Asking, "connect", noted)
    with silent(cluster):
        hearing.last = time.monotonic() + 0.5
        deadline = time.monotonic() + LONGEST_WAIT
        while not silent_at_connect and time.monotonic() < deadline:
            threading.Event().wait(0.01)
    assert silent_at_connect[:1] == [True]


def test_what_asks_nobody_is_no_answer(cluster: Cluster, probed: Fragile) -> None:
    """A transaction begins without a word to the server."""
    connection.ensure_connection()
    deadline = time.monotonic() + LONGEST_WAIT
    with silent(cluster), suppress(psycopg.OperationalError):
        while time.monotonic() < deadline:
            connection.connection.set_autocommit(not connection.connection.autocommit)
    assert connection.connection.closed


def test_the_prober_knows_whether_we_are_ready(cluster: Cluster, probed: Fragile) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert _ready().status_code == 200
    assert not queries.captured_queries
    with silent(cluster):
        assert _becomes(503)
        assert Client().get("/livez").status_code == 200
    assert _becomes(200)


def test_a_process_that_starts_beside_a_silent_server_is_not_ready(
    cluster: Cluster, patient: Fragile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with silent(cluster), probing(monkeypatch):
        assert _ready().status_code == 503


def test_a_database_that_takes_no_writes_makes_it_not_ready(
    cluster: Cluster, probed: Fragile
) -> None:
    with superuser(cluster) as other:
        try:
            other.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            other.execute("SELECT pg_reload_conf()")
            assert _becomes(503)
        finally:
            other.execute("ALTER SYSTEM RESET default_transaction_read_only")
            other.execute("SELECT pg_reload_conf()")
    assert _becomes(200)


@pytest.mark.parametrize("prober", [True, False])
def test_a_missing_migration_makes_it_not_ready(
    cluster: Cluster, patient: Fragile, monkeypatch: pytest.MonkeyPatch, prober: bool
) -> None:
    rename = "UPDATE django_migrations SET name = %s WHERE name = %s"
    with superuser(cluster) as other:
        other.execute(rename, ["later", "0007_rate_counters_move"])
        try:
            if not prober:
                assert _ready().status_code == 503
                return
            with probing(monkeypatch):
                assert _ready().status_code == 503
                other.execute(rename, ["0007_rate_counters_move", "later"])
                assert _becomes(200)
        finally:
            other.execute(rename, ["0007_rate_counters_move", "later"])


def test_questions_after_our_health_ask_nobody_who_that_is(probed: Fragile) -> None:
    browser = probed.browser
    with CaptureQueriesContext(connection) as queries:
        assert browser.get("/livez").status_code == 200
        assert browser.get("/readyz").status_code == 200
    assert not queries.captured_queries
