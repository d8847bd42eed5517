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
from tests.apikeys.rest.merchant.calls import CREATE, address, fault, post

pytestmark = pytest.mark.django_db(transaction=True)

FAILING = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the disk is on fire'; END $$
"""
AT_COMMIT = (
    "CREATE CONSTRAINT TRIGGER fail AFTER INSERT OR UPDATE ON apikeys_apikey"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()"
)


@pytest.fixture
def superuser(admin_key: CreatedKey, payroll: CreatedKey) -> "Iterator[psycopg.Connection[Any]]":
    """Who can break the database, after the cast's keys are in it; all is repaired afterwards."""
    url = os.environ["PORTAL_TEST_SUPERUSER_URL"]
    name = str(connection.settings_dict["NAME"])
    with psycopg.connect(url, dbname=name, autocommit=True) as superuser:
        superuser.execute(FAILING)
        yield superuser
        superuser.execute("DROP FUNCTION fail() CASCADE")


def test_a_failing_commit_is_never_done_and_shows_no_secret(
    superuser: "psycopg.Connection[Any]", admin: Client, url: str, payroll: CreatedKey
) -> None:
    superuser.execute(AT_COMMIT)
    for response in (post(admin, url, CREATE), admin.delete(address(payroll))):
        message = fault(response, 503, "HE_00")
        assert "did not confirm" in message
        assert response["Retry-After"]
    assert ApiKey.objects.filter(revoked_at=None).count() == 2


def test_an_action_without_its_audit_event_does_not_happen(
    superuser: "psycopg.Connection[Any]", admin: Client, payroll: CreatedKey
) -> None:
    superuser.execute(
        "CREATE TRIGGER fail BEFORE INSERT ON accounts_auditevent"
        " FOR EACH ROW EXECUTE FUNCTION fail()"
    )
    response = admin.delete(address(payroll))
    assert "Nothing was changed" in fault(response, 503, "HE_00")
    assert response["Retry-After"]
    assert ApiKey.objects.get(pk=payroll.key.pk).revoked_at is None
