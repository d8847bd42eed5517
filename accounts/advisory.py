"""Locks on names: for what has no row yet that could be locked."""

from django.db import connection


def wait_for(*parts: str) -> None:
    """Hold the lock on this name until the transaction ends; whoever comes second waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [" ".join(parts)])
