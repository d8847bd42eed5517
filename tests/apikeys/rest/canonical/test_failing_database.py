"""What the database did not confirm is never answered as done."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import CREATE, address, post, problem

pytestmark = pytest.mark.django_db(transaction=True)

FAILING = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the disk is on fire'; END $$
"""
FAILING_FOR_A_LOCK = """
CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'somebody holds it' USING ERRCODE = 'lock_not_available'; END $$
"""


@pytest.fixture
def superuser(admin_key: CreatedKey, payroll: CreatedKey) -> "Iterator[psycopg.Connection[Any]]":
    """Who can break the database, after the cast's keys are in it; all is repaired afterwards."""
    url = os.environ["PORTAL_TEST_SUPERUSER_URL"]
    name = str(connection.settings_dict["NAME"])
    with psycopg.connect(url, dbname=name, autocommit=True) as superuser:
        superuser.execute(FAILING)
        yield superuser
        superuser.execute("DROP FUNCTION fail() CASCADE")


def test_a_failing_commit_is_an_unknown_outcome_and_never_done(
    superuser: "psycopg.Connection[Any]", admin: Client, payroll: CreatedKey
) -> None:
    superuser.execute(
        "CREATE CONSTRAINT TRIGGER fail AFTER UPDATE ON apikeys_apikey"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()"
    )
    response = admin.delete(address(payroll))
    problem(response, 503, "outcome_unknown")
    assert response["Retry-After"]
    assert ApiKey.objects.get(pk=payroll.key.pk).revoked_at is None


def test_a_commit_that_waited_for_a_lock_in_vain_has_changed_nothing(
    superuser: "psycopg.Connection[Any]", admin: Client, payroll: CreatedKey
) -> None:
    superuser.execute(FAILING_FOR_A_LOCK)
    superuser.execute(
        "CREATE CONSTRAINT TRIGGER fail AFTER UPDATE ON apikeys_apikey"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()"
    )
    problem(admin.delete(address(payroll)), 503, "busy")
    assert ApiKey.objects.get(pk=payroll.key.pk).revoked_at is None


def test_a_failing_commit_shows_no_secret(
    superuser: "psycopg.Connection[Any]", admin: Client
) -> None:
    superuser.execute(
        "CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON apikeys_apikey"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()"
    )
    assert "client_secret" not in problem(post(admin, CREATE), 503, "outcome_unknown")
    assert ApiKey.objects.count() == 2


def test_an_action_without_its_audit_event_does_not_happen(
    superuser: "psycopg.Connection[Any]",
    admin: Client,
    payroll: CreatedKey,
    caplog: pytest.LogCaptureFixture,
) -> None:
    superuser.execute(
        "CREATE TRIGGER fail BEFORE INSERT ON accounts_auditevent"
        " FOR EACH ROW EXECUTE FUNCTION fail()"
    )
    response = admin.delete(address(payroll))
    problem(response, 503, "unavailable")
    assert response["Retry-After"]
    assert ApiKey.objects.get(pk=payroll.key.pk).revoked_at is None
    assert "database_failed" in caplog.text
