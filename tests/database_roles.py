"""The test database seen by others than the application."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql


@contextmanager
def as_owner() -> Iterator["psycopg.Connection[Any]"]:
    """Connect as the role that migrates; every statement commits."""
    with _connected("DATABASE_OWNER_URL") as connection:
        yield connection


@contextmanager
def as_superuser() -> Iterator["psycopg.Connection[Any]"]:
    """Connect as whoever may do everything; every statement commits."""
    with _connected("PORTAL_TEST_SUPERUSER_URL") as connection:
        yield connection


@contextmanager
def _connected(url: str) -> Iterator["psycopg.Connection[Any]"]:
    name = settings.DATABASES["default"]["NAME"]
    with psycopg.connect(os.environ[url], dbname=name, autocommit=True) as connection:
        yield connection


def tables(connection: "psycopg.Connection[Any]") -> list[str]:
    """The names of all tables of the portal."""
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return sorted(table for (table,) in found.fetchall())


def dump() -> dict[str, list[str]]:
    """Every committed row of every table as text, bytes in hexadecimal."""
    with as_superuser() as superuser:
        return {
            table: sorted(
                row
                for (row,) in superuser.execute(
                    sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))
                )
            )
            for table in tables(superuser)
        }
