"""Queries whose SQL is made once and planned once: on the path of every request, both take longer
than asking.

The query set stays the definition, with whatever conditions it has; only its values change from
one request to the next.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import psycopg
from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connection, connections, models

type Row = tuple[Any, ...]


class _PreparingCursor(psycopg.Cursor[Row]):
    """Prepares each statement at its first use on a connection.

    Only while it asks: everything else on the connection is composed on the client, and psycopg
    would remember those texts with the values in them.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, **options)
        finally:
            self.connection.prepare_threshold = None


class _OfThread(threading.local):
    """As Django's connections are. To make a cursor takes as long as to use it."""

    cursor: _PreparingCursor | None = None


_of_thread = _OfThread()


def prepared(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> psycopg.Cursor[Row]:
    """Ask by a prepared statement, and return the cursor: fetch from it before the next question.

    A migration that changed a column's type leaves plans which PostgreSQL refuses from then on.
    Then a new connection is asked, unless that would leave a transaction behind.
    """
    try:
        return _ask(sql, values)
    except NotSupportedError:
        if connection.in_atomic_block:
            raise  # psycopg forgets the statements when it is rolled back
        connection.close()
        return _ask(sql, values)


def _ask(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> psycopg.Cursor[Row]:
    ours = connections[DEFAULT_DB_ALIAS]  # `connection` would look it up for each attribute
    ours.close_if_health_check_failed()
    ours.ensure_connection()
    cursor = _of_thread.cursor
    if cursor is None or cursor.connection is not ours.connection:
        with ours.wrap_database_errors:
            cursor = _of_thread.cursor = _PreparingCursor(ours.connection)
    # Django's wrapper translates errors, and lets tests count what is asked.
    wrap = ours.make_debug_cursor if ours.queries_logged else ours.make_cursor
    wrap(cursor).execute(sql, values)  # type: ignore[arg-type]  # it wraps any cursor
    return cursor


class FixedQuery:
    """One `values_list`. `build` gets stand-ins for its values, each to be used once, in order."""

    def __init__(self, build: Callable[..., models.QuerySet[Any, Row]], *stand_ins: Any) -> None:
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

    def all(self, *values: Any) -> list[Row]:
        """The rows for these values."""
        return prepared(self._sql, values).fetchall()

    def first(self, *values: Any) -> Row | None:
        """The first row for these values."""
        return prepared(self._sql, values).fetchone()


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
