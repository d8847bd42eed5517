"""Queries whose SQL is made once and planned once: on the path of every request, both take longer
than asking.

The query set stays the definition, with whatever conditions it has; only its values change from
one request to the next. They are asked through libpq's own calls for prepared statements: psycopg's
cursors take as long for each statement as PostgreSQL for its answer. Only the waiting is psycopg's:
the connection bounds it.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import count
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connection, connections, models
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus, TransactionStatus

type Row = tuple[Any, ...]
type Values = Sequence[Any] | Mapping[str, Any]

_ANSWERED = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}
_numbers = count()


class _Statements:
    """The statements prepared on one connection: as much of a cursor as Django's wrapper needs."""

    _query = None
    """Where that wrapper looks for a text with the values in it."""

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self.raw = raw
        self.rows: list[Row] = []
        self._names: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._transformer = Transformer(raw)

    def execute(self, sql: str, values: Values) -> None:
        """Leave the answer in `rows`. Raises what a psycopg cursor would raise."""
        given = list(values.values()) if isinstance(values, Mapping) else values
        dumped = self._transformer.dump_sequence(given, [PyFormat.TEXT] * len(given))
        asked = sql, tuple(self._transformer.types or ())
        name = self._names.get(asked)
        if name is None:
            name = self._names[asked] = self._prepared(*asked, values)
        self.raw.pgconn.send_query_prepared(name, dumped)
        result = self._answer()
        self._transformer.set_pgresult(result)
        self.rows = self._transformer.load_rows(0, result.ntuples, tuple)

    def _prepared(self, sql: str, types: tuple[int, ...], values: Values) -> bytes:
        name = b"fixed_%d" % next(_numbers)
        places = [f"${number}" for number in range(1, len(values) + 1)]
        named = dict(zip(values, places, strict=True)) if isinstance(values, Mapping) else None
        text = sql % (named or tuple(places))
        self.raw.pgconn.send_prepare(name, text.encode(), types)
        self._answer()
        return name

    def _answer(self) -> "psycopg.pq.abc.PGresult":
        result: psycopg.pq.abc.PGresult
        result, *_ = self.raw.wait(execute(self.raw.pgconn))
        if result.status in _ANSWERED:
            return result
        error = error_from_result(result)
        if error.sqlstate is None:  # it is libpq that speaks: the server is gone
            raise psycopg.OperationalError(str(error))
        raise error


class _OfThread(threading.local):
    """As Django's connections are."""

    statements: _Statements | None = None


_of_thread = _OfThread()


def ask(sql: str, values: Values) -> list[Row]:
    """The rows that a prepared statement answers.

    A migration that changed a column's type leaves plans which PostgreSQL refuses from then on:
    they are made anew, at once or, where a transaction is lost by the refusal, for the next one.
    """
    try:
        return _ask(sql, values)
    except NotSupportedError:
        _of_thread.statements = None
        if connection.in_atomic_block:
            raise
        return _ask(sql, values)


def _ask(sql: str, values: Values) -> list[Row]:
    ours = connections[DEFAULT_DB_ALIAS]  # `connection` would look it up for each attribute
    ours.close_if_health_check_failed()
    ours.ensure_connection()
    raw = ours.connection
    if not raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE:
        with ours.cursor() as cursor:  # psycopg begins the transaction
            cursor.execute(sql, values)
            rows: list[Row] = cursor.fetchall()
        return rows
    statements = _of_thread.statements
    if statements is None or statements.raw is not raw:
        statements = _of_thread.statements = _Statements(raw)
    # Django's wrapper translates errors, and lets tests count what is asked.
    wrap = ours.make_debug_cursor if ours.queries_logged else ours.make_cursor
    wrap(statements).execute(sql, values)  # type: ignore[arg-type]  # it wraps any cursor
    return statements.rows


class FixedQuery[R]:
    """One `values_list`, whose rows `make` turns into what the caller declares.

    `build` gets stand-ins for its values, each to be used once, in order.
    """

    def __init__(
        self,
        make: Callable[[Row], R],
        build: Callable[..., models.QuerySet[Any, Row]],
        *stand_ins: Any,
    ) -> None:
        self._make = make
        self._build = build
        self._stand_ins = stand_ins

    @cached_property
    def _sql(self) -> str:
        sql: str
        sql, parameters = self._build(*self._stand_ins).query.sql_with_params()
        # Or the values of a request would land in the wrong places.
        if tuple(parameters) != self._stand_ins:
            raise TypeError(f"{parameters} is not {self._stand_ins}: a value is not used as given.")
        return sql

    def all(self, *values: Any) -> list[R]:
        """The rows for these values."""
        return list(map(self._make, ask(self._sql, values)))

    def first(self, *values: Any) -> R | None:
        """The first row for these values."""
        return next(map(self._make, ask(self._sql, values)), None)


def attnames(model: type[models.Model], prefix: str = "") -> list[str]:
    """The columns of a model, as `values_list` takes and `from_db` names them."""
    return [f"{prefix}{field.attname}" for field in model._meta.concrete_fields]


class RowReader[M: models.Model]:
    """Makes objects of a model from its columns in rows, from position `start` on."""

    def __init__(self, model: type[M], start: int = 0) -> None:
        self._model = model
        self._names = attnames(model)
        self._columns = slice(start, start + len(self._names))
        self.end = self._columns.stop

    def read(self, row: Row) -> M:
        """The object, as a query set would give it."""
        return self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._columns])
