"""Opening a connection to PostgreSQL for a pipeline, in a time that is kept."""

import select
from collections.abc import Mapping
from time import monotonic
from typing import Any

from psycopg import OperationalError, pq
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGconn, PGresult

from accounts.database_hosts import HEAD_START, each_host, first_to_serve

NO_WRITES = "the database takes no writes"
"""It may be a standby, and so not know of the latest revocations."""
ANSWERS = frozenset({pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK})
"""What a statement that did its work ends with."""


class Failed(Exception):
    """The database is away, hangs, or takes no writes."""


def open_connection(
    parameters: Mapping[str, Any], statements: Mapping[bytes, bytes], probe: bytes, seconds: float
) -> PGconn:
    """A connection in pipeline mode with the statements prepared, whose `probe` has answered true.

    It leads to the first host of libpq's `parameters` that serves. Each host is tried for so many
    `seconds`, but the look-up of a single host's name blocks for longer. Raises `Failed`.
    """

    def open_one(host: Mapping[str, Any]) -> PGconn:
        conninfo = make_conninfo(**host).encode()
        return _opened(conninfo, statements, probe, monotonic() + seconds)

    hosts = each_host(parameters)
    try:
        return first_to_serve(hosts, open_one, _finish, seconds + HEAD_START * len(hosts))
    except OperationalError as error:
        raise Failed(str(error)) from error


def _finish(connection: PGconn) -> None:
    connection.finish()


def _opened(conninfo: bytes, statements: Mapping[bytes, bytes], probe: bytes, end: float) -> PGconn:
    connection = pq.PGconn.connect_start(conninfo)
    try:
        _connect(connection, end)
        connection.nonblocking = 1
        for name, text in statements.items():
            connection.send_prepare(name, text)
            _result(connection, end)
        connection.send_query(probe)
        if _result(connection, end).get_value(0, 0) != b"t":
            raise Failed(NO_WRITES)
        connection.enter_pipeline_mode()
    except BaseException as error:
        connection.finish()
        if isinstance(error, OperationalError | OSError):
            raise Failed(str(error)) from error
        raise
    return connection


def _connect(connection: PGconn, end: float) -> None:
    while True:
        match connection.connect_poll():
            case pq.PollingStatus.OK:
                return
            case pq.PollingStatus.READING:
                _wait(connection, select.POLLIN, end)
            case pq.PollingStatus.WRITING:
                _wait(connection, select.POLLOUT, end)
            case _:
                raise Failed(connection.get_error_message())


def _result(connection: PGconn, end: float) -> PGresult:
    while connection.flush():
        _wait(connection, select.POLLOUT, end)
    found = None
    while True:
        while connection.is_busy():
            _wait(connection, select.POLLIN, end)
            connection.consume_input()
        result = connection.get_result()
        if result is None:
            break
        found = result
    if found is None or found.status not in ANSWERS:
        raise Failed(connection.get_error_message())
    return found


def _wait(connection: PGconn, event: int, end: float) -> None:
    poll = select.poll()
    poll.register(connection.socket, event)
    if not poll.poll(max((end - monotonic()) * 1000, 0)):
        raise Failed("no answer in time")
