"""Locks that somebody else holds."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models
from psycopg import sql

from tests.database_roles import as_superuser


@contextmanager
def held(row: models.Model) -> Iterator[None]:
    """Somebody else holds the row, as a verb does, until the end."""
    query = sql.SQL("SELECT FROM {} WHERE {} = %s FOR NO KEY UPDATE").format(
        sql.Identifier(row._meta.db_table), sql.Identifier(str(row._meta.pk.column))
    )
    with as_superuser() as other, other.transaction():
        other.execute(query, [row.pk])
        yield


@contextmanager
def held_table(model: type[models.Model]) -> Iterator[None]:
    """Somebody else holds the whole table, as a migration does, until the end."""
    query = sql.SQL("LOCK TABLE {}").format(sql.Identifier(model._meta.db_table))
    with as_superuser() as other, other.transaction():
        other.execute(query)
        yield


@contextmanager
def held_name(*parts: str) -> Iterator[None]:
    """Somebody else holds the lock on a name (`accounts.advisory`), until the end."""
    with as_superuser() as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [" ".join(parts)])
        yield
