"""Django's backend for PostgreSQL, whose health check costs a busy connection no round trip."""

import select
import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from portal.postgresql.connection import Connection

TRUSTED_FOR = 1.0
"""Seconds after a request in which its connection is taken for healthy, if the server is silent."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks `SELECT 1` before a request only where the answer could be no.

    A server that ended a connection, as it does at a restart, has said so on it: there is something
    to read on a connection that nobody has asked anything. Only a peer that vanished without a
    word leaves it quiet, so a connection that rested longer is asked as Django does.
    """

    health_check_enabled: bool
    health_check_done: bool
    _answered_at = float("-inf")
    """When, by this process's clock, the last request ended to which this connection answered."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Connect, with a class of ours in place of psycopg's. Pools are not for us."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return Connection.connect(**conn_params)

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
