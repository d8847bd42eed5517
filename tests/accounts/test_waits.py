"""At most half of a process's threads wait for others, and two of them for one tenant."""

import time
from collections.abc import Callable, Iterator
from threading import Event

import pytest
from django.db import OperationalError, connection, transaction

from accounts import advisory, waits
from accounts.models import Tenant, User
from accounts.tenancy import lock_tenant
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey, create_key
from tests.apikeys.rest.canonical.calls import KEYS, calling, problem
from tests.factories import PLATFORM, make_key
from tests.held_locks import held, held_name, held_table
from tests.racing import queued

pytestmark = pytest.mark.django_db(transaction=True)

SEATS = 3
LONGEST_WAIT = 60
"""Seconds until a test fails that would hang."""


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> waits.WaitingRoom:
    """This process serves, and so many may wait in it."""
    monkeypatch.setattr(waits, "_of_process", None)
    waits.limit_waits(2 * SEATS)
    assert waits._of_process is not None
    return waits._of_process


@pytest.fixture
def full(room: waits.WaitingRoom) -> Iterator[None]:
    """As many wait as may, for what has no tenant."""
    with held_name("anything"):
        ended = queued([_waiting_for("anything")] * SEATS)
        deadline = time.monotonic() + LONGEST_WAIT
        while len(room._seated) < SEATS:  # who waits is given a moment first
            assert time.monotonic() < deadline
            Event().wait(0.01)
        yield
    assert ended() == [None] * SEATS


def _locking(tenant: Tenant) -> Callable[[], object]:
    return transaction.atomic(lambda: lock_tenant(tenant))


def _waiting_for(name: str) -> Callable[[], object]:
    return transaction.atomic(lambda: advisory.wait_for(name))


def _is_refused(task: Callable[[], object]) -> bool:
    """Whether it is busy because of others who wait, and not after a time."""
    with pytest.raises(OperationalError) as refused:
        task()
    assert waits.is_busy(refused.value)
    return isinstance(refused.value.__cause__, waits.Busy)


def test_the_third_who_would_wait_for_a_tenant_is_refused(
    northwind: Tenant, contoso: Tenant
) -> None:
    with held(northwind):
        ended = queued([_locking(northwind)] * 2)
        assert _is_refused(_locking(northwind))
        assert isinstance(make_key(contoso), CreatedKey)  # others notice nothing
    assert ended() == [northwind] * 2
    assert _locking(northwind)() == northwind


def test_a_wait_for_a_tenant_is_over_in_time_however_many_locks_it_takes(northwind: Tenant) -> None:
    """Who is the next in a row's queue would be given the time anew."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    with held(northwind):
        assert _is_refused(_locking(northwind))
    connection.close()


def test_who_has_waited_has_all_the_time_for_the_rest(northwind: Tenant) -> None:
    @transaction.atomic
    def limit_after_waiting() -> object:
        lock_tenant(northwind)
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return cursor.fetchone()

    with held(northwind):
        ended = queued([limit_after_waiting])
    assert ended() == [("15s",)]


def test_who_waited_sees_the_row_as_it_is_then(northwind: Tenant) -> None:
    with transaction.atomic():
        Tenant.objects.filter(pk=northwind.pk).update(name="Northwind Ltd")
        ended = queued([_locking(northwind)])
    (tenant,) = ended()
    assert isinstance(tenant, Tenant)
    assert tenant.name == "Northwind Ltd"


def test_a_key_that_waited_for_its_place_is_made(northwind: Tenant, alice: User) -> None:
    with held(northwind):
        ended = queued(
            [lambda: create_key(actor=PLATFORM, tenant=northwind, email="p@example.com")]
        )
    assert isinstance(ended()[0], CreatedKey)


def test_whoever_comes_when_half_of_the_threads_wait_is_refused(
    northwind: Tenant, contoso: Tenant, full: None
) -> None:
    with held(northwind), held_name("another thing"):
        assert _is_refused(_locking(northwind))
        before = connection.connection.info.backend_pid
        assert _is_refused(_waiting_for("another thing"))
        assert connection.connection.info.backend_pid == before  # it goes on
        assert _locking(contoso)() == contoso  # what is free needs no seat
    _waiting_for("another thing")()


def test_a_request_that_cannot_even_read_is_busy(payroll: CreatedKey, full: None) -> None:
    with held_table(ApiKey):
        problem(calling(payroll).get(KEYS), 503, "busy")


def test_a_slow_statement_is_carried_out_while_there_are_seats(northwind: Tenant) -> None:
    with held(northwind):
        ended = queued([_locking(northwind)] * 2)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'slept' FROM pg_sleep(0.5)")
            assert cursor.fetchone() == ("slept",)
    assert ended() == [northwind] * 2
