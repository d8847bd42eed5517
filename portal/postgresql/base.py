"""Django's backend for PostgreSQL: its health check costs a busy connection no round trip, and a
silent server holds nobody for ever.
"""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql import base
from psycopg import IsolationLevel
from psycopg.errors import ConnectionFailure, ConnectionTimeout

from portal.postgresql.connection import Connection
from portal.postgresql.hearing import hearing
from portal.postgresql.hosts import connect

TRUSTED_FOR = 1.0
"""Seconds after a request in which its connection is taken for healthy, if the server is silent."""
HEALTH_SECONDS = 2.0
"""How long the answer to `SELECT 1` may take; then a new connection is no worse."""
SHORTEST_CONNECT_TIMEOUT = 2
"""Seconds; psycopg and libpq wait for no less."""
PAUSE_SECONDS = 1.0
"""Seconds for which requests fail at once after a server did not answer: those that queued for
this worker, and the same one when it asks again.
"""


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks `SELECT 1` before a request only where the answer could be no.

    A server that ended a connection, as it does at a restart, has said so on it: there is something
    to read on a connection that nobody has asked anything. Only a peer that vanished without a
    word leaves it quiet, so a connection that rested longer is asked as Django does.

    `ANSWER_SECONDS` in the settings bounds each answer.
    """

    health_check_enabled: bool
    health_check_done: bool
    _answered_at = float("-inf")
    """When, by this process's clock, the last request ended to which this connection answered."""
    _answer_by: float | None = None
    """When, by the same clock, everything must be answered that is asked now."""
    _pauses_until = float("-inf")

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Connect, with a class of ours in place of psycopg's. Pools are not for us."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        if hearing.silent:
            raise ConnectionFailure("The database is silent.")
        now = time.monotonic()
        if now < self._pauses_until:
            raise ConnectionTimeout("The database did not answer a moment ago.")
        if self._answer_by is not None:
            if now >= self._answer_by:
                raise ConnectionTimeout("No time is left to connect.")
            conn_params = conn_params | {"connect_timeout": SHORTEST_CONNECT_TIMEOUT}
        try:
            connection = connect(conn_params, Connection)
        except ConnectionTimeout:
            self._pauses_until = time.monotonic() + PAUSE_SECONDS
            raise
        connection.answer_seconds = self.settings_dict.get("ANSWER_SECONDS")
        connection.answer_by = self._answer_by
        return connection

    @contextmanager
    def answering_within(self, seconds: float) -> Iterator[None]:
        """Everything that is asked inside must be answered in so many seconds, all in all.

        Where a connection must be made first that may take all of them, but at least
        SHORTEST_CONNECT_TIMEOUT.
        """
        before = self._answer_by
        by = time.monotonic() + seconds
        self._put_answer_by(by if before is None else min(before, by))
        try:
            yield
        finally:
            self._put_answer_by(before)

    def _put_answer_by(self, by: float | None) -> None:
        self._answer_by = by
        if self.connection is not None:
            self.connection.answer_by = by

    def set_autocommit(
        self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False
    ) -> None:
        """As Django's, but what ends a transaction whose connection is gone makes no other one.

        The next one that asks makes it. A silent server would hold the transaction's end once more.
        """
        if autocommit and self.connection is None:
            self.validate_no_atomic_block()
            self.autocommit = True
            return
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)

    def is_usable(self) -> bool:
        """Whether the server answers on this connection, and soon."""
        with self.answering_within(HEALTH_SECONDS):
            return super().is_usable()

    def close_if_health_check_failed(self) -> None:
        if (
            self.connection is not None
            and self.health_check_enabled
            and not self.health_check_done
            and time.monotonic() - self._answered_at < TRUSTED_FOR
            and self._is_silent()
        ):
            self.health_check_done = True
        super().close_if_health_check_failed()

    def close_if_unusable_or_obsolete(self) -> None:
        """Where a request begins, and where it ends."""
        answered = self.connection is not None and self.health_check_done
        answered = answered and not self.errors_occurred
        super().close_if_unusable_or_obsolete()
        if answered:
            self._answered_at = time.monotonic()

    def _is_silent(self) -> bool:
        if self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)


@contextmanager
def answering_within(seconds: float) -> Iterator[None]:
    """`DatabaseWrapper.answering_within` on this thread's connection."""
    ours = connections[DEFAULT_DB_ALIAS]
    assert isinstance(ours, DatabaseWrapper)  # noqa: S101  # the settings say so
    with ours.answering_within(seconds):
        yield
