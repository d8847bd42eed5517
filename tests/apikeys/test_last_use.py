"""When and from where a key was last used, written at most once a minute."""

from datetime import datetime, timedelta

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from accounts.clock import database_now
from apikeys.gateway.verify import Denied, verify_secret
from apikeys.models import KeyUsage
from apikeys.services.keys import CreatedKey, revoke_key
from tests.factories import PLATFORM, let_expire

pytestmark = pytest.mark.django_db

HERE, THERE = "203.0.113.9", "2001:db8::9"


def _set_back(by: timedelta) -> datetime:
    KeyUsage.objects.update(last_used_at=F("last_used_at") - by)
    return KeyUsage.objects.get().last_used_at


def test_it_notes_the_first_use(payroll: CreatedKey) -> None:
    before = database_now()
    verify_secret(payroll.secret, address=HERE)
    use = KeyUsage.objects.get(key=payroll.key)
    assert before < use.last_used_at < database_now()
    assert use.last_used_from == HERE


def test_it_notes_nothing_again_within_the_minute(
    payroll: CreatedKey, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    verify_secret(payroll.secret, address=HERE)
    noted = _set_back(timedelta(seconds=55))
    with django_assert_num_queries(1):
        verify_secret(payroll.secret, address=THERE)
    use = KeyUsage.objects.get()
    assert (use.last_used_at, use.last_used_from) == (noted, HERE)


def test_it_notes_the_next_use_after_the_minute(
    payroll: CreatedKey, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    verify_secret(payroll.secret, address=HERE)
    noted = _set_back(timedelta(seconds=60))
    with django_assert_num_queries(2):
        verify_secret(payroll.secret, address=THERE)
    use = KeyUsage.objects.get()
    assert use.last_used_at - noted >= timedelta(seconds=60)
    assert use.last_used_from == THERE


def test_it_notes_a_use_whose_address_is_unknown(payroll: CreatedKey) -> None:
    verify_secret(payroll.secret, address=None)
    assert KeyUsage.objects.get().last_used_from is None


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_it_notes_nothing_for_a_key_that_does_not_pass(end: str, payroll: CreatedKey) -> None:
    if end == "revoked":
        revoke_key(actor=PLATFORM, key=payroll.key)
    else:
        let_expire(payroll.key)
    assert isinstance(verify_secret(payroll.secret, address=HERE), Denied)
    assert not KeyUsage.objects.exists()


def test_it_does_not_count_a_use_as_a_change_of_the_key(payroll: CreatedKey) -> None:
    verify_secret(payroll.secret, address=HERE)
    payroll.key.refresh_from_db()
    assert payroll.key.version == 1
