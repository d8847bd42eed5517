"""Writing many rows by COPY."""

from collections.abc import Iterable

from django.db import connection, models
from psycopg import sql

LINES_PER_WRITE = 1_000

type Row = tuple[object, ...]


def copy_rows(model: type[models.Model], columns: str, rows: Iterable[Row]) -> None:
    """Write rows into the model's table; `columns` are separated by spaces.

    What makes `rows` may not ask the database: the connection is busy with them.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(map(sql.Identifier, columns.split())),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        lines: list[str] = []
        for row in rows:
            lines.append(_line(row))
            if len(lines) == LINES_PER_WRITE:
                copy.write("".join(lines))
                lines.clear()
        copy.write("".join(lines))


def _line(row: Row) -> str:
    """One row in COPY's text form. What is invented holds nothing that needs escaping."""
    return "\t".join(["\\N" if value is None else str(value) for value in row]) + "\n"
