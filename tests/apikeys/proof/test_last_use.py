"""When and from where a key was last used: noted by whoever checks it, written by the use log."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.clock import database_now
from apikeys.models import KeyUsage, KeyUseDay
from apikeys.proof.use_log import UseLog
from apikeys.proof.verify import Denied, verify_secret
from apikeys.services.keys import CreatedKey, revoke_key
from tests.factories import PLATFORM, let_expire

pytestmark = pytest.mark.django_db

HERE, THERE = "203.0.113.9", "2001:db8::9"


def test_it_notes_a_use_without_a_statement(
    payroll: CreatedKey, uses: UseLog, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    before = database_now()
    with django_assert_num_queries(1):  # the check's own
        verify_secret(payroll.secret, address=HERE)
    uses.flush()
    use = KeyUsage.objects.get(key=payroll.key)
    assert before < use.last_used_at < database_now()
    assert use.last_used_from == HERE


def test_it_notes_each_use_once(payroll: CreatedKey, uses: UseLog) -> None:
    for address in (HERE, THERE):
        verify_secret(payroll.secret, address=address)
    uses.flush()
    assert KeyUsage.objects.get().last_used_from == THERE
    assert KeyUseDay.objects.get().accepted == 2


def test_it_notes_a_use_whose_address_is_unknown(payroll: CreatedKey, uses: UseLog) -> None:
    verify_secret(payroll.secret, address=None)
    uses.flush()
    assert KeyUsage.objects.get().last_used_from is None


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_key_that_does_not_pass_is_not_used(end: str, payroll: CreatedKey, uses: UseLog) -> None:
    if end == "revoked":
        revoke_key(actor=PLATFORM, key=payroll.key)
    else:
        let_expire(payroll.key)
    assert isinstance(verify_secret(payroll.secret, address=HERE), Denied)
    uses.flush()
    assert not KeyUsage.objects.exists()


def test_it_does_not_count_a_use_as_a_change_of_the_key(payroll: CreatedKey, uses: UseLog) -> None:
    verify_secret(payroll.secret, address=HERE)
    uses.flush()
    payroll.key.refresh_from_db()
    assert payroll.key.version == 1
