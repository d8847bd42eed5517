"""psycopg's connection, which holds nobody for ever and takes no doubtful COMMIT for done."""

import time
from contextlib import ExitStack
from functools import partial
from typing import Any, Self

import psycopg
from psycopg import errors
from psycopg.abc import PQGen, PQGenConn
from psycopg.pq import DiagnosticField, PGresult, TransactionStatus

from accounts import waits
from portal.postgresql.hearing import hearing

DOUBTFUL_CLASSES = ("01", "57")
"""Of SQLSTATE: a warning that says no more than that it is one, and an operator's intervention.

Others say something else of a COMMIT that is done: that it ended nothing (25P01), or that a file of
a dropped table stayed behind (58).
"""
WAITS_FOR_STANDBYS = "SyncRepWaitForLSN"
"""PostgreSQL's function that warns when its wait was ended. No server translates its name."""

LOOK_EVERY = 0.2
"""Seconds between two looks of a waiting thread at what may end its wait."""
CANCELLED = b"57014"
"""SQLSTATE of a statement that was ended."""
CANCEL_SECONDS = 1.0
"""How long the server may take to end a statement when it is asked to."""


class _Doubt:
    """What the server has said against the statement that is under way."""

    def __init__(self) -> None:
        self.committing = False
        self.warned = False


class Connection(psycopg.Connection[Any]):
    """Ends itself when the server is silent for too long. Nobody gets a half-read answer.

    The server's own `statement_timeout` does not help where the server hangs, and the kernel of a
    hung server still acknowledges what it gets.
    """

    answer_seconds: float | None = None
    """How long an answer may take; None for ever."""
    answer_by: float | None = None
    """When, by `time.monotonic`, the last answer must be there, however long one may take."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._doubt = _Doubt()
        # Not a method of ours: the connection would hold itself.
        self.add_notice_handler(partial(_listen, self._doubt))

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> PQGenConn[Self]:
        """psycopg's way to connect, which also ends when the server falls silent meanwhile."""
        connecting = super()._connect_gen(conninfo)
        try:
            wanted = next(connecting)
            while True:
                ready = yield wanted
                if not ready and hearing.silent:
                    raise errors.ConnectionFailure("The database fell silent.")
                wanted = connecting.send(ready)
        except StopIteration as connected:
            connection: Self = connected.value
            return connection

    def wait[Answer](
        self, gen: PQGen[Answer], interval: float = 0.1, timeout: float | None = None
    ) -> Answer:
        """Wait for what `gen` asks. Raises ConnectionFailure, Busy, and StatementCompletionUnknown.

        `timeout` is for who wants to go on with the same connection after it.
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        doubt = self._doubt
        doubt.warned = False
        silences = hearing.silences
        if hearing.silent:
            raise self._given_up()
        seconds = LOOK_EVERY
        if self.answer_by is not None:
            seconds = max(0.0, min(seconds, self.answer_by - time.monotonic()))
        try:
            next(gen)
        except StopIteration as done:  # it is about this connection's own state: nobody was asked
            own: Answer = done.value
            return own
        try:
            answer = super().wait(gen, interval, seconds)
        except errors._WaitTimeout:
            answer = self._wait_longer(gen, seconds, silences)
        hearing.last = time.monotonic()
        if doubt.warned:
            raise errors.StatementCompletionUnknown("The database warned that it is not sure.")
        return answer

    def _wait_longer[Answer](self, gen: PQGen[Answer], waited: float, silences: int) -> Answer:
        """Go on waiting for a slow statement, if not too many threads do. A COMMIT always may."""
        by = self.answer_by
        if by is None:
            by = time.monotonic() - waited + (self.answer_seconds or float("inf"))
        with ExitStack() as seated:
            if not self._doubt.committing:
                try:
                    seated.enter_context(waits.seat())
                except waits.Busy as busy:
                    return self._cancelled(gen, busy)
            return self._wait_until(by, gen, silences)

    def _wait_until[Answer](self, by: float, gen: PQGen[Answer], silences: int) -> Answer:
        while hearing.silences == silences and (left := by - time.monotonic()) > 0:
            try:
                return super().wait(gen, timeout=min(LOOK_EVERY, left))
            except errors._WaitTimeout:
                continue
        raise self._given_up()

    def _cancelled[Answer](self, gen: PQGen[Answer], busy: waits.Busy) -> Answer:
        """Have the server end the statement and raise `busy`; its answer, if it was ready before.

        The connection goes on. Where the server does not say how the statement ended, it ends too.
        """
        try:
            self.cancel_safe(timeout=CANCEL_SECONDS)
        except errors.OperationalError:
            raise self._given_up() from None
        try:
            answer = super().wait(gen, timeout=CANCEL_SECONDS)
        except errors.QueryCanceled:
            raise busy from None
        except errors._WaitTimeout:
            raise self._given_up() from None
        if _says_cancelled(answer):
            raise busy
        return answer

    def _given_up(self) -> errors.ConnectionFailure:
        """End the connection: nobody may get a late answer."""
        self.pgconn.finish()
        return errors.ConnectionFailure("The database was silent for too long.")

    def commit(self) -> None:
        """Commit. Raises StatementCompletionUnknown where PostgreSQL warns that it is not sure.

        A COMMIT that waits for a standby ends with success when the wait is cancelled: "committed
        locally, but might not have been replicated". One whose transaction has failed ends with
        success too, and has done nothing: InFailedSqlTransaction is raised, if somebody has
        overheard what failed.
        """
        if self.pgconn.transaction_status == TransactionStatus.INERROR:
            self.rollback()
            raise errors.InFailedSqlTransaction("A statement failed: nothing is committed.")
        self._doubt.committing = True
        try:
            super().commit()
        finally:
            self._doubt.committing = False


def _listen(doubt: _Doubt, notice: errors.Diagnostic) -> None:
    if notice.severity_nonlocalized == "WARNING":
        at_commit = doubt.committing and (notice.sqlstate or "").startswith(DOUBTFUL_CLASSES)
        doubt.warned |= at_commit or notice.source_function == WAITS_FOR_STANDBYS


def _says_cancelled(answer: object) -> bool:
    """Whether this is an answer of libpq's own, which nobody has made an exception of yet."""
    results = answer if isinstance(answer, list) else []
    states = [
        each.error_field(DiagnosticField.SQLSTATE) for each in results if isinstance(each, PGresult)
    ]
    return CANCELLED in states
