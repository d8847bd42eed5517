"""A thread that asks the database all the time, so that nobody else finds out by waiting.

A server that hangs tells nobody so: its kernel acknowledges what it gets. The prober has a
connection of its own, on which an answer is never far. Once that one is silent and no other has
been heard either, everybody who waits is told, and nobody begins to.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any

import psycopg
import structlog
from django.db import connection
from psycopg import errors
from psycopg.abc import PQGen

from portal.database import connection_arguments
from portal.postgresql.hearing import hearing
from portal.postgresql.hosts import connect
from portal.readiness import missing_for_writing, missing_migrations

ASK_EVERY = 0.25
"""Seconds between an answer and the next question."""
SILENT_AFTER = 1.0
"""Seconds without any answer."""
DEAD_AFTER = 2.0
"""Seconds after which the prober takes another connection, whatever others hear."""
MIGRATIONS_EVERY = 5.0
"""Seconds between two looks whether migrations are missing."""
FIRST_SECONDS = 2.0
"""How long a process that starts waits for the first answer."""
OLD_AFTER = 3.0
"""Seconds after which what was heard last says nothing any more."""
STATEMENT_LIMIT = "-c statement_timeout=500"
"""Milliseconds. A question that waits for a lock is answered too: with that."""

log = structlog.get_logger(__name__)


class _Asking(psycopg.Connection[Any]):
    """A connection on which silence is noticed."""

    def wait[Answer](
        self, gen: PQGen[Answer], interval: float = 0.1, timeout: float | None = None
    ) -> Answer:
        """Wait for as long as others hear something; not for ever, if it is this one that is dead.

        The server may have hung after it answered somebody else and before it answered this.
        """
        asked_at = time.monotonic()
        until = asked_at + SILENT_AFTER
        while True:
            try:
                answer = super().wait(gen, interval, max(0.0, until - time.monotonic()))
            except errors._WaitTimeout:
                later = min(hearing.last + SILENT_AFTER, asked_at + DEAD_AFTER)
                if later <= until:
                    raise
                until = later
            else:
                hearing.last = time.monotonic()
                return answer


class Prober:
    """Asks from `start` on. One per process."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        """`arguments` are those of `psycopg.connect`."""
        limits = f"{arguments.get('options', '')} {STATEMENT_LIMIT}"
        self._arguments = {
            **arguments,
            "options": limits.strip(),
            "application_name": "portal-prober",
            "connect_timeout": 2,  # seconds; psycopg waits for no less
            "autocommit": True,
        }
        self._missing = "the database was not asked yet"
        self._said_at = float("inf")
        self._said = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prober", daemon=True)

    def start(self) -> None:
        """Ask from now on. Returns once something is known, or after FIRST_SECONDS."""
        self._thread.start()
        self._said.wait(FIRST_SECONDS)

    def stop(self) -> None:
        """Ask no more."""
        self._ended.set()
        self._thread.join()

    def missing(self) -> str:
        """What was missing a moment ago before requests can be served; empty if nothing was."""
        if time.monotonic() - self._said_at > OLD_AFTER:
            return "the database was not heard of for too long"
        return self._missing

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self._connected()
                self._ended.wait(ASK_EVERY)
        finally:
            hearing.silent = False

    def _connected(self) -> None:
        """Ask on one connection, for as long as it is good."""
        try:
            asking = connect(self._arguments, _Asking)
            try:
                self._ask_on(asking)
            finally:
                asking.close()
        except (errors._WaitTimeout, errors.ConnectionTimeout):
            nobody_heard = time.monotonic() - hearing.last >= SILENT_AFTER
            self._say("the database is silent", silent=nobody_heard)
        except psycopg.Error as error:  # somebody speaks, if only a kernel
            self._say(f"the database is not reachable: {type(error).__name__}")
        except Exception:  # not foreseen: the thread must go on
            log.exception("prober_failed")
            self._say("the database was not asked")

    def _ask_on(self, asking: _Asking) -> None:
        migrations, next_look = "", 0.0
        cursor = asking.cursor()
        while not self._ended.is_set():
            missing = missing_for_writing(cursor)
            if time.monotonic() >= next_look:
                migrations = missing_migrations(cursor)
                next_look = 0.0 if migrations else time.monotonic() + MIGRATIONS_EVERY
            self._say(missing or migrations)
            self._ended.wait(ASK_EVERY)

    def _say(self, missing: str, *, silent: bool = False) -> None:
        if silent != hearing.silent:
            hearing.silent = silent
            hearing.silences += silent
            log.error("database_silent" if silent else "database_answers")
        self._missing, self._said_at = missing, time.monotonic()
        self._said.set()


_of_process: Prober | None = None


def start_prober() -> None:
    """Start this process's prober, once. Commands and tests have none."""
    global _of_process  # noqa: PLW0603  # one per process, as its thread is
    if _of_process is None:
        _of_process = Prober(connection_arguments(connection.settings_dict))
        _of_process.start()


def prober() -> Prober | None:
    """This process's prober."""
    return _of_process
