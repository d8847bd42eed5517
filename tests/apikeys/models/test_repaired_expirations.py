"""Expirations that no page can show are refused, and those that stand already are repaired."""

import importlib
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import AuditEvent, User
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import KEYS, calling, post, problem
from tests.database_roles import as_owner
from tests.factories import signed_in

REPAIR = importlib.import_module("apikeys.migrations.0011_repair_expirations").REPAIR
LARGEST = "9999-12-31T23:59:59.9999999Z"
PUT = "UPDATE apikeys_apikey SET expires_at = %s WHERE client_id = %s"
CONSTRAINT = "key_expires_in_readable_time"


@pytest.fixture
def as_before(transactional_db: None) -> Iterator[None]:
    """The table as it was before the constraint."""
    with as_owner() as owner:
        row = owner.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [CONSTRAINT]
        ).fetchone()
        assert row is not None
        owner.execute(f"ALTER TABLE apikeys_apikey DROP CONSTRAINT {CONSTRAINT}".encode())
        yield
        owner.execute(f"ALTER TABLE apikeys_apikey ADD CONSTRAINT {CONSTRAINT} {row[0]}".encode())


@pytest.mark.django_db
@pytest.mark.parametrize("at", [LARGEST, "2127-12-31T00:00:00Z", "3000-01-01T00:00:00+14:00"])
def test_a_program_is_told_of_never(at: str, admin_key: CreatedKey) -> None:
    body = {"email": "a@example.com", "expiration": at}
    answer = problem(post(calling(admin_key), body), 422, "validation_failed")
    assert "never" in answer["errors"][0]["detail"]


@pytest.mark.django_db
def test_the_database_refuses_what_programs_cannot_read(payroll: CreatedKey) -> None:
    for at in (LARGEST, "infinity", "10000-01-01Z"):
        with pytest.raises(IntegrityError, match=CONSTRAINT), transaction.atomic():
            connection.cursor().execute(PUT, [at, payroll.key.client_id])


def test_what_stands_already_becomes_never_with_an_event(
    as_before: None, payroll: CreatedKey, admin_key: CreatedKey, gl_key: CreatedKey, alice: User
) -> None:
    with as_owner() as owner:
        owner.execute(PUT.encode(), [LARGEST, payroll.key.client_id])
        owner.execute(PUT.encode(), ["10000-01-01Z", admin_key.key.client_id])
        owner.execute(PUT.encode(), ["2100-01-01Z", gl_key.key.client_id])
        owner.execute(REPAIR.encode())
    kept = dict(ApiKey.objects.values_list("client_id", "expires_at"))
    assert kept[gl_key.key.client_id] is not None
    assert kept[payroll.key.client_id] is kept[admin_key.key.client_id] is None
    events = AuditEvent.objects.filter(event="key.edited", actor_id="migrate")
    assert set(events.values_list("target_id", flat=True)) == {
        payroll.key.client_id,
        admin_key.key.client_id,
    }
    User.objects.update(time_zone="Pacific/Kiritimati")
    page = f"/account/{payroll.key.tenant.public_id}/keys/{payroll.key.client_id}/"
    assert "9999" in signed_in(alice).get(page).content.decode()
    assert calling(admin_key).delete(f"{KEYS}/{payroll.key.client_id}").status_code == 204
