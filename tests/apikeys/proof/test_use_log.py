"""What the gateway writes of keys' uses: in batches, never lost while the process lives."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from apikeys.credentials import Peppers
from apikeys.models import ApiKey, KeyUsage, KeyUseDay
from apikeys.proof import use_log
from apikeys.proof.use_log import UseLog
from apikeys.services.keys import CreatedKey, revoke_key
from tests.apikeys.gateway.asking import PATIENCE, VERIFY, asked, check, passed, refused, showing
from tests.factories import PLATFORM
from tests.racing import race, rounds
from tests.served_gateway import gateway_unit

HERE = "198.51.100.7"
pytestmark = pytest.mark.django_db


def days(key: CreatedKey) -> list[tuple[int, int]]:
    """Accepted and refused, day by day."""
    rows = KeyUseDay.objects.filter(key=key.key).order_by("day")
    return [(row.accepted, row.refused) for row in rows]


def last_use(key: CreatedKey) -> tuple[str | None, int] | None:
    """From where, and how many minutes ago, to the last ten; None: never."""
    usage = KeyUsage.objects.annotate(now=Now()).filter(key=key.key).first()
    if usage is None:
        return None
    ago = usage.now - usage.last_used_at
    return usage.last_used_from, ago // timedelta(minutes=10) * 10


def noted(*uses: tuple[CreatedKey, str | None, bool]) -> UseLog:
    log = UseLog()
    for key, address, accepted in uses:
        log.note(key.key.pk, address, accepted=accepted)
    return log


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The process's clock, set by the test."""
    now = [1000.0]
    monkeypatch.setattr(use_log, "monotonic", lambda: now[0])
    return now


def test_it_counts_and_says_when_and_from_where(payroll: CreatedKey, gl_key: CreatedKey) -> None:
    log = noted((payroll, HERE, True), (payroll, "2001:db8::1", True), (gl_key, HERE, True))
    log.flush()
    assert (days(payroll), days(gl_key)) == ([(2, 0)], [(1, 0)])
    assert last_use(payroll) == ("2001:db8::1", 0)
    assert last_use(gl_key) == (HERE, 0)


def test_it_adds_to_what_was_written(payroll: CreatedKey) -> None:
    log = noted((payroll, HERE, True))
    log.flush()
    log.flush()
    log.note(payroll.key.pk, "198.51.100.8", accepted=True)
    log.note(payroll.key.pk, None, accepted=False)
    log.flush()
    assert days(payroll) == [(2, 1)]
    assert last_use(payroll) == ("198.51.100.8", 0)


def test_it_counts_refusals_which_are_no_use(payroll: CreatedKey) -> None:
    noted((payroll, HERE, False), (payroll, HERE, False)).flush()
    assert days(payroll) == [(0, 2)]
    assert last_use(payroll) is None


def test_it_writes_when_the_key_was_used_not_when_it_wrote(
    payroll: CreatedKey, clock: list[float]
) -> None:
    log = noted((payroll, HERE, True))
    clock[0] += 3600
    log.flush()
    assert last_use(payroll) == (HERE, 60)


def test_it_never_makes_a_last_use_earlier(payroll: CreatedKey, clock: list[float]) -> None:
    late, early = noted((payroll, "198.51.100.8", True)), noted((payroll, HERE, True))
    late.flush()
    clock[0] += 3600
    early.flush()
    assert last_use(payroll) == ("198.51.100.8", 0)
    assert days(payroll) == [(2, 0)]


@pytest.mark.parametrize("address", [None, "", "unknown", "a\0b", "1.2.3.4/8"])
def test_it_loses_nothing_for_an_address_that_is_none(
    address: str | None, payroll: CreatedKey, gl_key: CreatedKey
) -> None:
    noted((payroll, address, True), (gl_key, HERE, True)).flush()
    assert last_use(payroll) == (None, 0)
    assert last_use(gl_key) == (HERE, 0)


def test_it_takes_an_address_with_a_zone(payroll: CreatedKey) -> None:
    noted((payroll, "fe80::1%eth0", True)).flush()
    assert last_use(payroll) == ("fe80::1", 0)


def test_it_loses_nothing_for_a_key_that_is_gone(payroll: CreatedKey) -> None:
    """As after the restore of an older backup."""
    log = noted((payroll, HERE, True))
    log.note(payroll.key.pk + 1_000, HERE, accepted=True)
    log.flush()
    assert days(payroll) == [(1, 0)]
    assert KeyUseDay.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_keeps_what_the_database_does_not_take(payroll: CreatedKey) -> None:
    def away(*_: Any) -> Any:
        raise OperationalError("away")

    log = noted((payroll, HERE, True), (payroll, HERE, False))
    with connection.execute_wrapper(away):
        log.flush()
    log.note(payroll.key.pk, "198.51.100.8", accepted=True)
    assert days(payroll) == []
    log.flush()
    assert days(payroll) == [(2, 1)]
    assert last_use(payroll) == ("198.51.100.8", 0)


def test_it_holds_no_more_keys_than_it_may(
    payroll: CreatedKey, gl_key: CreatedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_log, "KEYS_MAX", 1)
    noted((payroll, HERE, True), (gl_key, HERE, True), (payroll, HERE, True)).flush()
    assert (days(payroll), days(gl_key)) == ([(2, 0)], [])


@pytest.mark.parametrize("table", ["apikeys_keyusage", "apikeys_keyuseday"])
def test_it_writes_rows_in_the_order_of_their_keys(
    table: str, payroll: CreatedKey, gl_key: CreatedKey, admin_key: CreatedKey
) -> None:
    """Else two processes could wait for each other in a circle."""
    keys = sorted([admin_key, payroll, gl_key], key=lambda key: -key.key.pk)
    noted(*[(key, HERE, True) for key in keys]).flush()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key_id FROM {table} ORDER BY ctid")  # noqa: S608  # two names
        written = [pk for (pk,) in cursor.fetchall()]
    assert written == sorted(key.key.pk for key in keys)


@pytest.mark.django_db(transaction=True)
def test_two_processes_never_wait_for_each_other(
    payroll: CreatedKey, gl_key: CreatedKey, admin_key: CreatedKey, foreign_key: CreatedKey
) -> None:
    keys = [payroll, gl_key, admin_key, foreign_key]
    times = rounds(20, 500)
    for _ in range(times):
        one = noted(*[(key, HERE, True) for key in keys])
        other = noted(*[(key, HERE, True) for key in reversed(keys)])
        race([one.flush, other.flush])
        kept = one._uses | other._uses  # by the victim of a deadlock
        assert kept == {}
    assert [days(key) for key in keys] == [[(2 * times, 0)]] * 4


def test_it_moves_a_verifier_to_the_current_pepper(payroll: CreatedKey) -> None:
    peppers, stored = Peppers({7: b"7" * 32}), payroll.key.stored_verifier
    assert stored is not None
    log = UseLog()
    log.upgrade(payroll.key.pk, payroll.secret, stored, peppers)
    log.flush()
    payroll.key.refresh_from_db()
    assert payroll.key.stored_verifier == peppers.verifier(payroll.secret)


@pytest.mark.parametrize("meanwhile", ["revoked", "moved by another"])
def test_it_moves_no_verifier_that_changed_meanwhile(meanwhile: str, payroll: CreatedKey) -> None:
    log = UseLog()
    assert (stored := payroll.key.stored_verifier) is not None
    log.upgrade(payroll.key.pk, payroll.secret, stored, Peppers({7: b"7" * 32}))
    if meanwhile == "revoked":
        revoke_key(actor=PLATFORM, key=payroll.key)
    else:
        ApiKey.objects.filter(pk=payroll.key.pk).update(pepper_number=2)
    log.flush()
    payroll.key.refresh_from_db()
    assert payroll.key.pepper_number == (None if meanwhile == "revoked" else 2)


@pytest.mark.django_db(transaction=True)
def test_the_unit_writes_what_is_left_when_it_ends(
    payroll: CreatedKey, worker_database: str, tmp_path: Path
) -> None:
    with gateway_unit(worker_database, tmp_path) as unit:
        for _ in range(6):  # met by both workers
            assert passed(check(unit, [*asked(), *showing(payroll)]))
        refused(check(unit, [*asked("POST"), *showing(payroll)]), 403, "permission_denied")
    assert days(payroll) == [(6, 1)]
    assert last_use(payroll) == (HERE, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("named", "used"), [({}, 2), ({"API_KEY_PEPPER": "1"}, 1)])
def test_the_unit_moves_verifiers_to_the_pepper_in_use(
    named: dict[str, str], used: int, payroll: CreatedKey, worker_database: str, tmp_path: Path
) -> None:
    """The highest, unless another is named: so all can know a new one before any uses it."""
    peppers = f"{os.environ['API_KEY_PEPPERS']},2:{'A' * 43}="
    settings = {"API_KEY_PEPPERS": peppers} | named
    with gateway_unit(worker_database, tmp_path, workers=1, settings=settings) as unit:
        assert passed(check(unit, [*asked(), *showing(payroll)]))
    payroll.key.refresh_from_db()
    assert payroll.key.pepper_number == used


@pytest.mark.django_db(transaction=True)
def test_a_key_whose_pepper_the_unit_does_not_know_is_nobodys_guess(
    payroll: CreatedKey, worker_database: str, tmp_path: Path
) -> None:
    ApiKey.objects.update(pepper_number=2)
    settings = {"GATEWAY_FAILURES": "1"}
    with gateway_unit(worker_database, tmp_path, workers=1, settings=settings) as unit:
        headers = [*asked(), *showing(payroll)]
        for _ in range(3):
            answer = httpx.get(unit.url + VERIFY, headers=headers, timeout=PATIENCE)
            refused(answer, 503, "unavailable")
        assert "pepper_missing" in unit.log.read_text()


@pytest.mark.django_db(transaction=True)
def test_it_goes_on_after_what_nobody_foresaw(payroll: CreatedKey) -> None:
    log = noted((payroll, HERE, True))

    def fail() -> None:
        raise ValueError

    log.report("it", fail)
    log.flush()
    log.note(payroll.key.pk, HERE, accepted=True)
    log.flush()
    assert days(payroll) == [(2, 0)]


@pytest.mark.django_db(transaction=True)
def test_it_writes_a_report_once_and_keeps_it_while_the_database_is_away() -> None:
    log, written = UseLog(), []

    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        written.append("it")

    def away(*_: Any) -> Any:
        raise OperationalError("away")

    log.report("the same", write)
    log.report("the same", write)
    with connection.execute_wrapper(away):
        log.flush()
    assert written == []
    log.flush()
    log.flush()
    assert written == ["it"]


def test_it_holds_no_more_reports_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_log, "REPORTS_MAX", 1)
    log, written = UseLog(), []
    log.report("one", lambda: written.append("one"))
    log.report("two", lambda: written.append("two"))
    log.flush()
    assert written == ["one"]
