"""What the database still lacks before requests can be served from it."""

from functools import cache
from typing import Any, Protocol

from django.db.migrations.loader import MigrationLoader

type Name = tuple[str, str]
"""An application's label and a migration's name."""


class Cursor(Protocol):
    """Django's or psycopg's."""

    def execute(self, query: Any, /) -> Any:
        """Ask."""

    def fetchone(self) -> Any:
        """The next row."""

    def fetchall(self) -> list[Any]:
        """All rows."""


def missing_for_writing(cursor: Cursor) -> str:
    """What is missing for changes; empty if nothing is. It touches no table: no lock holds it."""
    cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool")
    return "the database is read-only" if cursor.fetchone()[0] else ""


def missing_migrations(cursor: Cursor) -> str:
    """Whether a migration is missing that this code has; empty if none is."""
    cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
    if cursor.fetchone()[0]:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = {(app, name) for app, name in cursor.fetchall()}
        if all(_is_applied(each, replaced, applied) for each, replaced in _migrations().items()):
            return ""
    return "migrations are not applied"


def _is_applied(name: Name, replaced: list[Name], applied: set[Name]) -> bool:
    return name in applied or (bool(replaced) and applied.issuperset(replaced))


@cache
def _migrations() -> dict[Name, list[Name]]:
    """The migrations of this code, and which ones each replaces."""
    graph = MigrationLoader(None).graph
    return {name: list(graph.nodes[name].replaces) for name in graph.nodes}
