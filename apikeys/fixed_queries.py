"""Queries whose SQL is made once: on the path of every request, making it takes longer than asking.

The query set stays the definition, with whatever conditions it has; only its values change from
one request to the next.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db import connection, models

type Row = tuple[Any, ...]


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
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            rows: list[Row] = cursor.fetchall()
        return rows

    def first(self, *values: Any) -> Row | None:
        """The first row for these values."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            row: Row | None = cursor.fetchone()
        return row


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
        return self._model.from_db(connection.alias, self._names, row[self._columns])
