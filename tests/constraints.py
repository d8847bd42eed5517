"""What the database refuses, by the names it gives its reasons."""

from django.db import IntegrityError, connection

# Checks, and unique indexes that are more than a primary key.
CONSTRAINTS = """
    SELECT conname FROM pg_constraint
    WHERE contype = 'c' AND conrelid = ANY(%(tables)s::regclass[])
    UNION
    SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid
    WHERE indisunique AND NOT indisprimary AND indrelid = ANY(%(tables)s::regclass[])
"""


def constraints(*tables: str) -> set[str]:
    """Names of the checks and unique indexes on `tables`."""
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS, {"tables": list(tables)})
        return {name for (name,) in cursor.fetchall()}


def broken_constraint(error: IntegrityError) -> str:
    """The name of the constraint that PostgreSQL says was broken."""
    name = error.__cause__.diag.constraint_name  # type: ignore[union-attr]  # psycopg's own error
    assert isinstance(name, str)
    return name
