"""Tables without their indexes and references for as long as millions of rows come in.

Kept up row by row, an index of ten million random ids costs ten times what building it at the end
does. Everything happens in one transaction: an interrupted run leaves the tables as they
were.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, models
from psycopg import sql

MEMORY = "256MB"
"""For building one index; the server's default sorts on disk."""

# What a primary key is needed for goes on; references by other tables stand on it. References
# come first: they may stand on a unique constraint of another table.
_CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint
WHERE conrelid = ANY(%s::regclass[]) AND (
    contype = 'f'
    OR contype = 'u' AND NOT EXISTS (
        SELECT 1 FROM pg_constraint other
        WHERE other.contype = 'f' AND other.conindid = pg_constraint.conindid
    )
)
ORDER BY contype <> 'f', conname
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index
WHERE indrelid = ANY(%s::regclass[])
  AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY 1
"""
_OWNED = """
SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class WHERE oid = ANY(%s::regclass[])
"""


def may_be_bare(tables: Sequence[type[models.Model]]) -> bool:
    """Whether we own the tables and are in no transaction that used them before."""
    if connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_OWNED, [_names(tables)])
        (owned,) = cursor.fetchone()
    return bool(owned)


def lock(tables: Sequence[type[models.Model]]) -> None:
    """Wait until nobody uses the tables, and keep everybody out until the transaction ends."""
    for name in _names(tables):
        _execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")


@contextmanager
def bare(tables: Sequence[type[models.Model]]) -> Iterator[None]:
    """Take indexes, unique constraints and references off the tables, and put them back at the end.

    Primary keys and checks stay. Must run in a transaction, under `lock`. IntegrityError where
    what came in breaks a constraint; the transaction is lost then.
    """
    names = _names(tables)
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS, [names])
        constraints = cursor.fetchall()
        cursor.execute(_INDEXES, [names])
        indexes = cursor.fetchall()
    for table, constraint, _ in constraints:
        _execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    for index, _ in indexes:
        _execute(f"DROP INDEX {index}")
    yield
    _execute(f"SET LOCAL maintenance_work_mem = '{MEMORY}'")
    for _, definition in indexes:
        _execute(definition)
    for table, constraint, definition in reversed(constraints):
        _execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}")


def _names(tables: Sequence[type[models.Model]]) -> list[str]:
    """Quoted, in alphabetical order: two that lock them never wait for each other in a circle."""
    return sorted(sql.Identifier(table._meta.db_table).as_string() for table in tables)


def _execute(statement: str) -> None:
    """Run what the database's own catalogue wrote, as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
