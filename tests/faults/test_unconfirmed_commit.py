"""A COMMIT that PostgreSQL is not sure of is never answered as done."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.db import DataError, InternalError, OperationalError, connection, transaction

from accounts import waits
from accounts.models import Tenant
from apikeys.models import ApiKey
from portal.launcher.embedded_postgres import Cluster
from portal.postgresql.connection import LOOK_EVERY
from tests.apikeys.rest.canonical.calls import CREATE, address, post, problem
from tests.faults.conftest import LONGEST_WAIT, Fragile, beside, superuser

WAITED_FOR = """
    SELECT 1 FROM pg_stat_activity
    WHERE wait_event = 'SyncRep' AND clock_timestamp() - query_start > make_interval(secs => %s)
"""
WAITING = "SELECT {}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@contextmanager
def waiting_is_ended(cluster: Cluster, function: str, *, after: float = 0) -> Iterator[None]:
    """Whoever waits at COMMIT for the standby waits no more, `after` so many seconds."""
    done = threading.Event()

    def end() -> None:
        done.wait(after)
        with superuser(cluster) as other:
            while not done.is_set():
                other.execute(WAITING.format(function).encode())

    try:
        with beside(end, done):
            yield
    finally:
        with superuser(cluster) as other:  # who was left behind holds locks
            other.execute(WAITING.format("pg_cancel_backend").encode())


@contextmanager
def standby_is_given_up(cluster: Cluster, *, after: float) -> Iterator[None]:
    """Who has waited at COMMIT for so many seconds is told that no standby is needed any more."""
    over = threading.Event()

    def give_up() -> None:
        with superuser(cluster) as other:
            while other.execute(WAITED_FOR, [after]).fetchone() is None and not over.is_set():
                pass
            other.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
            other.execute("SELECT pg_reload_conf()")

    try:
        with beside(give_up, over):
            yield
    finally:
        with superuser(cluster) as other:
            other.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            other.execute("SELECT pg_reload_conf()")


@pytest.fixture(params=["pg_cancel_backend", "pg_terminate_backend"])
def doubtful(cluster: Cluster, fragile: Fragile, request: pytest.FixtureRequest) -> Iterator[None]:
    """Each COMMIT's wait for the standby is ended."""
    with waiting_is_ended(cluster, request.param):
        yield


def _is_deleted(fragile: Fragile) -> bool:
    return ApiKey.objects.get(pk=fragile.payroll.key.pk).revoked_at is not None


def test_the_api_says_that_it_does_not_know(fragile: Fragile, doubtful: None) -> None:
    response = fragile.program.delete(address(fragile.payroll))
    problem(response, 503, "outcome_unknown")
    assert response["Retry-After"]
    assert _is_deleted(fragile)  # here, and on no standby


def test_a_page_says_that_it_does_not_know(fragile: Fragile, cluster: Cluster) -> None:
    browser = fragile.browser
    with waiting_is_ended(cluster, "pg_cancel_backend"):
        answer = browser.post(f"{fragile.page}delete/", {"reason": "Leaked"})
    assert answer.status_code == 503
    assert "cannot say whether your last step was carried out" in answer.content.decode()


def test_a_commit_without_an_answer_is_an_unknown_outcome(
    fragile: Fragile, cluster: Cluster
) -> None:
    with waiting_is_ended(cluster, "pg_terminate_backend", after=LONGEST_WAIT):
        problem(fragile.program.delete(address(fragile.payroll)), 503, "outcome_unknown")


def test_a_commit_waits_also_when_nobody_else_may(
    fragile: Fragile, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To cancel it would leave its outcome unknown."""
    monkeypatch.setattr(waits, "_of_process", waits.WaitingRoom(0))
    monkeypatch.setitem(connection.settings_dict, "ANSWER_SECONDS", LONGEST_WAIT)
    connection.close()
    with standby_is_given_up(cluster, after=3 * LOOK_EVERY):
        assert fragile.program.delete(address(fragile.payroll)).status_code == 204


def test_a_change_without_a_transaction_is_not_taken_for_done(
    fragile: Fragile, doubtful: None
) -> None:
    with pytest.raises(OperationalError):
        Tenant.objects.filter(pk=fragile.payroll.key.tenant_id).update(name="Other")


def test_the_doubt_ends_with_its_transaction(fragile: Fragile, cluster: Cluster) -> None:
    with waiting_is_ended(cluster, "pg_cancel_backend"):
        problem(fragile.program.delete(address(fragile.payroll)), 503, "outcome_unknown")
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
        assert post(fragile.program, CREATE).status_code == 201


def test_warnings_of_another_kind_cast_no_doubt(fragile: Fragile) -> None:
    """Those of statements inside, and of a COMMIT that ends nothing (25P01)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE WARNING 'of its own'; END $$")
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE WARNING 'of its own'; END $$")
        cursor.execute("COMMIT")


def test_a_transaction_in_which_something_failed_is_not_taken_for_done(fragile: Fragile) -> None:
    """PostgreSQL ends it with success and has done nothing."""
    tenants = Tenant.objects.filter(pk=fragile.payroll.key.tenant_id)

    @transaction.atomic
    def rename() -> None:
        tenants.update(name="Other")
        with connection.cursor() as cursor, suppress(DataError):
            cursor.execute("SELECT 1 / 0")

    with pytest.raises(InternalError):
        rename()
    assert not tenants.filter(name="Other").exists()
