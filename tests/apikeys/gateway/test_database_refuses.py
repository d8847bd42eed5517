"""The database itself refuses uses and nonces that cannot be."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from apikeys.models import KeyUseDay, UsedNonce
from apikeys.services.keys import CreatedKey
from tests.constraints import broken_constraint, constraints

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, tzinfo=UTC)
COUNTS = {
    "apikeys_keyuseday_accepted_check": {"accepted": -1},
    "apikeys_keyuseday_refused_check": {"refused": -1},
}


@pytest.mark.parametrize("constraint", COUNTS)
def test_it_counts_nothing_below_zero(constraint: str, payroll: CreatedKey) -> None:
    counts = {"accepted": 0, "refused": 0} | COUNTS[constraint]
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        KeyUseDay.objects.create(key=payroll.key, day=NOW.date(), **counts)
    assert broken_constraint(refused.value) == constraint


def test_it_has_one_row_for_a_key_and_a_day(payroll: CreatedKey) -> None:
    row = {"key": payroll.key, "day": NOW.date(), "accepted": 1, "refused": 0}
    KeyUseDay.objects.bulk_create([KeyUseDay(**row)])
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        KeyUseDay.objects.bulk_create([KeyUseDay(**row)])
    assert broken_constraint(refused.value) == "apikeys_keyuseday_pkey"


def test_it_has_a_nonce_once_for_a_key(payroll: CreatedKey, gl_key: CreatedKey) -> None:
    row = {"key": payroll.key, "digest": bytes(32), "used_at": NOW}
    UsedNonce.objects.bulk_create([UsedNonce(**row), UsedNonce(**row | {"key": gl_key.key})])
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        UsedNonce.objects.bulk_create([UsedNonce(**row)])
    assert broken_constraint(refused.value) == "apikeys_usednonce_pkey"


def test_it_tries_every_constraint() -> None:
    assert constraints("apikeys_keyuseday", "apikeys_usednonce") == set(COUNTS)
