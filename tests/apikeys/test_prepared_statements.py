"""What is asked with every request is planned once a connection."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import NotSupportedError, connection, transaction

from accounts.models import Tenant
from apikeys.fixed_queries import prepared

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
        assert prepared(ASKED, ["other"]).fetchall() == [("kept",)]
        yield superuser
        superuser.execute("DROP TABLE changing")


def _statements() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements ORDER BY prepare_time")
        return [statement for (statement,) in cursor.fetchall()]


def test_a_statement_is_prepared_once_whatever_its_values() -> None:
    connection.close()
    for word in ("one", "other"):
        assert prepared("SELECT %s || 'word'", [word]).fetchone() == (f"{word}word",)
    assert _statements() == ["SELECT $1 || 'word'"]


def test_nothing_else_is_prepared_and_none_of_its_values_kept() -> None:
    connection.close()
    prepared("SELECT 1", [])
    for _ in range(10):
        assert not Tenant.objects.filter(name="composed").exists()
    assert _statements() == ["SELECT 1"]
    assert "composed" not in str(vars(connection.connection._prepared))


def test_it_goes_on_after_a_migration_changed_what_it_reads(
    superuser: "psycopg.Connection[Any]",
) -> None:
    superuser.execute("ALTER TABLE changing ALTER word TYPE varchar(20)")
    assert prepared(ASKED, ["other"]).fetchall() == [("kept",)]


def test_in_a_transaction_it_fails_once_rather_than_leave_the_rest_behind(
    superuser: "psycopg.Connection[Any]",
) -> None:
    superuser.execute("ALTER TABLE changing ALTER word TYPE varchar(20)")
    with pytest.raises(NotSupportedError), transaction.atomic():
        prepared(ASKED, ["other"])
    with transaction.atomic():
        assert prepared(ASKED, ["other"]).fetchall() == [("kept",)]
