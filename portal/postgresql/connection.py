"""psycopg's connection, which holds nobody for ever and takes no doubtful COMMIT for done."""

import time
from functools import partial
from typing import Any

import psycopg
from psycopg import errors
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

DOUBTFUL_CLASSES = ("01", "57")
"""Of SQLSTATE: a warning that says no more than that it is one, and an operator's intervention.

Others say something else of a COMMIT that is done: that it ended nothing (25P01), or that a file of
a dropped table stayed behind (58).
"""
WAITS_FOR_STANDBYS = "SyncRepWaitForLSN"
"""PostgreSQL's function that warns when its wait was ended. No server translates its name."""


class _Doubt:
    """What the server has said against the statement that is under way."""

    def __init__(self) -> None:
        self.committing = False
        self.warned = False


class Connection(psycopg.Connection[Any]):
    """Ends itself when the server is silent for too long; a half-read answer is nobody's.

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

    def wait[Answer](
        self, gen: PQGen[Answer], interval: float = 0.1, timeout: float | None = None
    ) -> Answer:
        """Wait for what `gen` asks. Raises ConnectionFailure, and StatementCompletionUnknown.

        `timeout` is for who wants to go on with the same connection after it.
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        seconds = self.answer_seconds
        if self.answer_by is not None:
            seconds = max(0.0, self.answer_by - time.monotonic())
        doubt = self._doubt
        doubt.warned = False
        try:
            answer = super().wait(gen, interval, seconds)
        except errors._WaitTimeout:
            self.pgconn.finish()
            raise errors.ConnectionFailure("The database was silent for too long.") from None
        if doubt.warned:
            raise errors.StatementCompletionUnknown("The database warned that it is not sure.")
        return answer

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
