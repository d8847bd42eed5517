"""What is asked with every request is planned once a connection."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.db import DataError, NotSupportedError, OperationalError, connection, transaction

from accounts.fixed_queries import ask
from accounts.models import RateCounter, Tenant
from accounts.rate_limits import RateLimit, count_request

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = "SELECT word FROM changing WHERE word <> %s"


@pytest.fixture
def superuser() -> "Iterator[psycopg.Connection[Any]]":
    """Who can change a table as a migration does, and a table to change, already asked for."""
    url = os.environ["PORTAL_TEST_SUPERUSER_URL"]
    name = str(connection.settings_dict["NAME"])
    with psycopg.connect(url, dbname=name, autocommit=True) as superuser:
        superuser.execute("CREATE TABLE changing AS SELECT 'kept'::varchar(9) AS word")
        superuser.execute("GRANT SELECT ON changing TO PUBLIC")
        assert ask(ASKED, ["other"]) == [("kept",)]
        yield superuser
        superuser.execute("DROP TABLE changing")


def _statements() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements ORDER BY prepare_time")
        return [statement for (statement,) in cursor.fetchall()]


def test_a_statement_is_prepared_once_whatever_its_values() -> None:
    connection.close()
    for word in ("one", "other"):
        assert ask("SELECT %s || 'word'", [word]) == [(f"{word}word",)]
    assert _statements() == ["SELECT $1 || 'word'"]


def test_nothing_else_is_prepared() -> None:
    connection.close()
    ask("SELECT 1", [])
    for _ in range(10):
        assert not Tenant.objects.filter(name="composed").exists()
    assert _statements() == ["SELECT 1"]


def test_it_goes_on_after_a_migration_changed_what_it_reads(
    superuser: "psycopg.Connection[Any]",
) -> None:
    superuser.execute("ALTER TABLE changing ALTER word TYPE varchar(20)")
    assert ask(ASKED, ["other"]) == [("kept",)]


def test_in_a_transaction_it_fails_once_rather_than_leave_the_rest_behind(
    superuser: "psycopg.Connection[Any]",
) -> None:
    superuser.execute("ALTER TABLE changing ALTER word TYPE varchar(20)")
    with transaction.atomic():
        Tenant.objects.exists()
        with pytest.raises(NotSupportedError):
            ask(ASKED, ["other"])
        transaction.set_rollback(True)
    with transaction.atomic():
        Tenant.objects.exists()
        assert ask(ASKED, ["other"]) == [("kept",)]


def test_a_transaction_that_begins_with_one_is_rolled_back() -> None:
    with suppress(LookupError), transaction.atomic():
        count_request("somebody", RateLimit("any", 1, 60))
        raise LookupError
    assert not RateCounter.objects.exists()


def test_others_work_while_it_waits() -> None:
    worked_at: list[float] = []
    timer = threading.Timer(0.1, lambda: worked_at.append(time.monotonic()))
    timer.start()
    ask("SELECT pg_sleep(0.6)", [])
    assert time.monotonic() - worked_at[0] > 0.2
    timer.join()


def test_a_connection_that_is_cut_is_an_error_of_the_database() -> None:
    ask("SELECT 1", [])
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)
    with pytest.raises(OperationalError):
        ask("SELECT 1", [])
    connection.close_if_unusable_or_obsolete()  # as at the end of each request
    assert ask("SELECT 1", []) == [(1,)]


def test_an_error_is_that_of_the_database() -> None:
    with pytest.raises(DataError, match="division by zero") as refused:
        ask("SELECT 1 / %s", [0])
    assert getattr(refused.value.__cause__, "sqlstate", None) == "22012"
