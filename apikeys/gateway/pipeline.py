"""One connection to PostgreSQL on which many checks ask at once, and which keeps nobody waiting.

psycopg's cursors cannot promise an end: a statement timeout is the server's, a socket timeout does
not apply to unix sockets, and a server that hangs answers neither. So the connection is driven
through libpq's own non-blocking calls with one deadline for everything, connecting included. A
connection that missed a deadline is closed for good: reused, it would hand the next check the row
of the last one.

Questions that come while others are being answered travel together (libpq's pipeline mode), each
with a snapshot of its own; answers come in the order of the questions.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from psycopg import OperationalError, pq
from psycopg.pq.abc import PGconn, PGresult

from apikeys.gateway.connection_setup import ANSWERS, Failed, open_connection
from apikeys.gateway.coroutine_protocol import Question

log = structlog.get_logger(__name__)

DEADLINE = 0.25
"""Seconds for the answer of the database, connecting included."""
PROBE_PAUSE = 0.2
"""Seconds between two looks at a database that did not answer."""
BATCH = 2
"""Questions that wait for no more: PostgreSQL works on them while we read the next requests."""
BATCHES_MAX = 4
"""Batches under way at once. The next one waits, and is the larger for it: measured fastest."""

_BINARY = 1
_SYNC = pq.ExecStatus.PIPELINE_SYNC
_ENDED_BY_SERVER = b"57P"
"""SQLSTATEs of a server that ends the connection: it stops, or was told to end it."""


class Unavailable(Exception):
    """The database did not say in time; nobody knows whether the key passes."""


class Pipeline:
    """A connection with prepared statements, opened at the first question. For one event loop.

    After one failure all questions fail at once, while the database is looked at again and again
    until it answers.
    """

    def __init__(
        self,
        parameters: Mapping[str, Any],
        statements: Mapping[bytes, bytes],
        *,
        probe: bytes,
        deadline: float = DEADLINE,
        writes: bool = False,
    ) -> None:
        """`statements` are prepared, by name; `probe` must answer true before a connection is used.

        `parameters` are libpq's, and may name several hosts.

        Questions that write are transactions of their own. Others share one with their batch, which
        saves both sides most of the work. A question that writes is never repeated: it may have
        been answered before the connection ended.
        """
        self._open_one = partial(open_connection, parameters, statements, probe)
        self._deadline = deadline
        self._writes = writes
        self._connection: PGconn | None = None
        self._socket = -1  # libpq forgets it with a connection that is lost
        self._opening = False
        self._down = False
        self._closed = False
        self._waiting: deque[Question] = deque()
        self._asked: deque[Question] = deque()
        self._batches = 0
        self._written: PGresult | None = None
        self._due = False
        self._alarm: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop

    def ask(self, statement: bytes, parameters: Sequence[bytes]) -> Question:
        """Ask, in an event loop. The question is heard in time; raises `Unavailable` at once."""
        if len(self._waiting) >= BATCH:
            self._send()
        if self._down or self._closed:
            raise Unavailable
        loop = self._loop = asyncio.get_running_loop()
        end = loop.time() + self._deadline
        question = Question(statement, parameters, end, not self._writes)
        self._waiting.append(question)
        if not self._due:  # what else comes in this turn of the loop goes along
            self._due = True
            loop.call_soon(self._send_due)
        if self._alarm is None:
            self._alarm = loop.call_at(end, self._look_at_the_clock)
        return question

    def fail(self, reason: str) -> None:
        """Let this connection go, refuse everything, and look for the database's return."""
        if self._closed:
            return
        self._let_go()
        if not self._down:
            self._down = True
            log.warning("gateway_database_away", reason=reason)
            if not self._opening:
                self._loop.call_later(PROBE_PAUSE, self._open)
        self._refuse_all()

    def close(self) -> None:
        """End the connection, for good."""
        self._closed = True
        self._let_go()
        self._refuse_all()
        if self._alarm is not None:
            self._alarm.cancel()

    # Asking and being answered.

    def _send_due(self) -> None:
        self._due = False
        self._send()

    def _send(self) -> None:
        connection = self._connection
        if connection is None:
            self._open()
            return
        if self._batches >= BATCHES_MAX or not self._waiting:
            return  # the next answers send
        try:
            while self._waiting:
                question = self._waiting.popleft()
                self._asked.append(question)
                connection.send_query_prepared(
                    question.statement, question.parameters, result_format=_BINARY
                )
                if self._writes or not self._waiting:
                    connection.pipeline_sync()
                    self._batches += 1
            self._flush(connection)
        except OperationalError as error:
            self._ended(str(error))

    def _flush(self, connection: PGconn) -> None:
        """Hand the socket what it takes now, and the rest when it takes more."""
        if connection.flush():
            self._loop.add_writer(self._socket, self._flush_on, connection)

    def _flush_on(self, connection: PGconn) -> None:
        try:
            if not connection.flush():
                self._loop.remove_writer(self._socket)
        except OperationalError as error:
            self._ended(str(error))

    def _receive(self, connection: PGconn) -> None:
        answered = list[tuple[Question, PGresult]]()
        try:
            connection.consume_input()
            while self._batches and not connection.is_busy():
                result = connection.get_result()
                if result is not None:  # None stands between two answers
                    self._take(result, answered)
            if connection.status == pq.ConnStatus.BAD:
                self._ended("the server closed the connection")
            elif self._waiting:
                self._send()
        except OperationalError as error:
            self._ended(str(error))
        except Failed as failure:
            self.fail(str(failure))
        finally:
            for question, result in answered:  # while PostgreSQL works on what has just been sent
                _tell(question, result)

    def _take(self, result: PGresult, answered: list[tuple[Question, PGresult]]) -> None:
        if result.status == _SYNC:
            self._batches -= 1
            if self._written is None:
                return
            result, self._written = self._written, None
        elif result.status not in ANSWERS:
            sqlstate = result.error_field(pq.DiagnosticField.SQLSTATE) or b""
            ended = sqlstate.startswith(_ENDED_BY_SERVER)
            raise (OperationalError if ended else Failed)(result.get_error_message())
        elif self._writes:
            self._written = result  # an answer once it is committed, which Sync tells
            return
        answered.append((self._asked.popleft(), result))

    # Time, and the end of connections.

    def _look_at_the_clock(self) -> None:
        self._alarm = None
        oldest = self._asked or self._waiting
        if not oldest:
            return
        if oldest[0].end <= self._loop.time():
            self.fail("no answer in time")
        else:
            self._alarm = self._loop.call_at(oldest[0].end, self._look_at_the_clock)

    def _ended(self, reason: str) -> None:
        """The server ended the connection. Repeatable questions are asked once more on another."""
        log.info("gateway_connection_ended", reason=reason)
        self._let_go()
        refused = list[Question]()
        while self._asked:
            question = self._asked.pop()
            if question.repeatable:
                question.repeatable = False
                self._waiting.appendleft(question)
            else:
                refused.append(question)
        if self._waiting:
            self._open()
        for question in refused:
            _tell(question, None)

    def _let_go(self) -> None:
        """Close the connection, and with it all that might still come from it."""
        connection, self._connection = self._connection, None
        self._batches, self._written = 0, None
        if connection is not None:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            connection.finish()

    def _refuse_all(self) -> None:
        refused = (*self._asked, *self._waiting)
        self._asked.clear()
        self._waiting.clear()
        for question in refused:
            _tell(question, None)

    def _open(self) -> None:
        """Open a connection, in a thread: libpq looks up host names without a deadline."""
        if self._opening or self._connection is not None or self._closed:
            return
        self._opening = True
        thread = threading.Thread(target=self._open_now, name="gateway-connect", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no more threads: later
            self._opened(error)

    def _open_now(self) -> None:
        found: PGconn | Exception
        try:
            found = self._open_one(self._deadline)
        except Exception as error:  # whatever it was: only the database's return ends this
            found = error
        try:
            self._loop.call_soon_threadsafe(self._opened, found)
        except RuntimeError:  # the loop has ended meanwhile
            if not isinstance(found, Exception):
                found.finish()

    def _opened(self, found: PGconn | Exception) -> None:
        self._opening = False
        if isinstance(found, Exception):
            if self._down and not self._closed:
                self._loop.call_later(PROBE_PAUSE, self._open)
            else:
                self.fail(str(found))
        elif self._closed:
            found.finish()
        else:
            self._down = False
            self._connection, self._socket = found, found.socket
            self._loop.add_reader(self._socket, self._receive, found)
            if self._waiting:
                self._send()


def _tell(question: Question, result: PGresult | None) -> None:
    try:
        question.heard(result)
    except Exception:  # one that fails over its answer must not keep others from theirs
        log.exception("gateway_answer_failed")
