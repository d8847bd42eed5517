"""Time is the database's: one clock for every process and every check."""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func


class ClockTimestamp(Func):
    """PostgreSQL's `clock_timestamp()`: the time of the call, not of the transaction's start.

    Used for what is written after a wait for a lock; checks use Django's `Now()`
    (`statement_timestamp()`), which stays the same within one statement.
    """

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = DateTimeField()


def database_now() -> datetime:
    """The database's time at this moment, in UTC, with microseconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime
        (now,) = cursor.fetchall()[0]
    return now
