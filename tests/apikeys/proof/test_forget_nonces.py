"""Nonces are kept as long as their signatures could be sent again, and no longer."""

import secrets
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from apikeys.models import UsedNonce
from apikeys.proof.nonces import KEPT, forget_old_nonces
from apikeys.proof.signatures import AGE_MAX, AHEAD_MAX
from apikeys.services.keys import CreatedKey
from portal.management.commands.run_worker import CHORES

LIFE = timedelta(seconds=AGE_MAX + AHEAD_MAX)


def use_nonces(key: CreatedKey, ago: timedelta, number: int = 1) -> None:
    """Do what signed requests did so long ago."""
    for _ in range(number):
        digest = secrets.token_bytes(32)
        UsedNonce.objects.create(key=key.key, digest=digest, used_at=Now() - ago)


def test_it_deletes_those_of_dead_signatures_in_batches(payroll: CreatedKey) -> None:
    use_nonces(payroll, KEPT + timedelta(seconds=1), number=5)
    assert list(forget_old_nonces(batch=2)) == [2, 2, 1]
    assert not UsedNonce.objects.exists()


@pytest.mark.parametrize("ago", [timedelta(), LIFE, LIFE + timedelta(minutes=1)])
def test_it_keeps_those_whose_signature_may_live(ago: timedelta, payroll: CreatedKey) -> None:
    use_nonces(payroll, ago)
    assert not list(forget_old_nonces())
    assert UsedNonce.objects.count() == 1


def test_the_worker_does_it() -> None:
    assert forget_old_nonces in {chore.steps for chore in CHORES}
