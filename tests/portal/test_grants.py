"""The application's role has what portal/grants.py says, on every table, and nothing beside it."""

import os

import psycopg
import pytest
from django.db import ProgrammingError, connection

from portal.grants import EXCEPTIONS, privileges_on

GRANTED = """
    SELECT table_name, array_agg(privilege_type::text) FROM information_schema.role_table_grants
    WHERE grantee = current_user AND table_schema = 'public' GROUP BY 1
"""
TO_PUBLIC = """
    SELECT c.relname FROM pg_class c, aclexplode(c.relacl) a
    WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0
"""


@pytest.mark.django_db
def test_every_table_has_its_privileges_and_no_others() -> None:
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute(GRANTED)
        granted = {table: set(privileges) for table, privileges in cursor.fetchall()}
    assert granted == {table: set(privileges_on(table)) for table in tables}


@pytest.mark.django_db
def test_every_exception_names_a_table_that_exists() -> None:
    assert set(EXCEPTIONS) <= set(connection.introspection.table_names())


@pytest.mark.django_db
def test_nothing_is_granted_to_everybody() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TO_PUBLIC)
        assert cursor.fetchall() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t ()",
        "ALTER TABLE accounts_auditevent DISABLE TRIGGER ALL",
        "DELETE FROM accounts_auditevent",
        "UPDATE accounts_auditevent SET id = id",
        "TRUNCATE accounts_auditevent",
        "DELETE FROM accounts_tenant",
        "DELETE FROM django_migrations",
        "SET ROLE portal_owner",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_cannot(statement: str) -> None:
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_the_tests_run_as_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("portal_app",)


def test_the_clean_up_gets_past_the_append_only_table(transactional_db: None) -> None:
    url = os.environ["PORTAL_TEST_SUPERUSER_URL"]
    name = connection.settings_dict["NAME"]
    with psycopg.connect(url, dbname=name) as superuser:
        assert superuser.execute("SELECT count(*) FROM accounts_auditevent").fetchone() == (0,)
        assert superuser.execute("SELECT count(*) FROM django_migrations").fetchone() != (0,)
