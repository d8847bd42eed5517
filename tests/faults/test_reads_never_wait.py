"""Reading waits for no lock and for no standby: somebody must find a leaked key."""

from collections.abc import Callable, Iterator
from functools import partial

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from accounts.models import AuditEvent, RateCounter, Tenant
from accounts.rate_limits import RateLimit, count_request
from apikeys.credentials import Peppers
from apikeys.models import ApiKey, KeyUsage, KeyUseDay
from apikeys.proof import verify
from apikeys.proof.use_log import UseLog
from portal.launcher.embedded_postgres import Cluster
from tests.apikeys.rest.canonical.calls import KEYS, SELF, Answer, address, calling
from tests.apikeys.rest.oauth.calls import by_basic, introspect, token_of
from tests.faults.conftest import Fragile, superuser
from tests.faults.test_unconfirmed_commit import WAITING

READS: dict[str, Callable[[Fragile], Callable[[], Answer]]] = {
    "self": lambda by: partial(calling(by.payroll).get, SELF),
    "list": lambda by: partial(by.program.get, KEYS),
    "key": lambda by: partial(by.program.get, address(by.payroll)),
    "token": lambda by: partial(by_basic, by.payroll),
    "by token": lambda by: partial(by_token(token_of(by.payroll)).get, SELF),
    "introspection": lambda by: partial(introspect, by.admin_key, token_of(by.payroll)),
    "page": lambda by: partial(by.browser.get, by.page),
}


@pytest.fixture(params=list(READS.values()), ids=list(READS))
def read(request: pytest.FixtureRequest, fragile: Fragile) -> Callable[[], Answer]:
    """Something to read, by somebody who may; it asks the database when it is called."""
    prepare: Callable[[Fragile], Callable[[], Answer]] = request.param
    return prepare(fragile)


def by_token(token: str) -> Client:
    """Whoever shows this access token."""
    return Client(headers={"authorization": f"Bearer {token}"})


@pytest.fixture
def no_standby(cluster: Cluster, fragile: Fragile) -> Iterator[None]:
    """Each COMMIT that has something to tell a standby waits for one that never comes."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    yield
    connection.close()
    with superuser(cluster) as other:  # who was left behind holds locks
        other.execute(WAITING.format("pg_cancel_backend").encode())


@pytest.fixture
def locked(cluster: Cluster, fragile: Fragile, uses: UseLog) -> Iterator[None]:
    """Both keys were used before, and somebody holds the rows that say so, and the keys' own."""
    for key in (fragile.admin_key, fragile.payroll):
        uses.note(key.key.pk, None, accepted=True)
    uses.flush()
    with psycopg.connect(cluster.url("postgres")) as other:
        for model in (KeyUsage, KeyUseDay, ApiKey):
            other.execute(f"SELECT FROM {model._meta.db_table} FOR UPDATE".encode())
        yield


@pytest.fixture
def another_pepper(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each key that passes is to move to a new pepper."""
    (number,) = settings.API_KEY_PEPPERS  # type: ignore[attr-defined]
    peppers = Peppers(settings.API_KEY_PEPPERS | {number + 1: b"y" * 32})  # type: ignore[attr-defined]
    monkeypatch.setattr(verify, "configured_peppers", lambda: peppers)


def test_it_waits_for_no_standby(
    read: Callable[[], Answer], no_standby: None, another_pepper: None
) -> None:
    assert read().status_code == 200


def test_it_waits_for_no_row(
    read: Callable[[], Answer], locked: None, another_pepper: None
) -> None:
    assert read().status_code == 200


@pytest.fixture
def changed_catalogue(cluster: Cluster, fragile: Fragile) -> None:
    """Who reads next what the catalogue says of the counters has that to log: that it was read."""
    connection.close()
    with superuser(cluster) as other:
        for change in ("SET (fillfactor = 90)", "RESET (fillfactor)"):
            other.execute(f"ALTER TABLE {RateCounter._meta.db_table} {change}".encode())
        other.execute("CHECKPOINT")


def test_counting_a_request_waits_for_no_standby(
    fragile: Fragile, changed_catalogue: None, no_standby: None
) -> None:
    for used in (1, 2):
        assert count_request("somebody", RateLimit("any", 9, 3600)).used == used


def test_counting_within_a_transaction_lets_its_changes_wait(
    fragile: Fragile, no_standby: None
) -> None:
    """They would be acknowledged and could be lost."""

    @transaction.atomic
    def count_and_change() -> None:
        count_request("somebody", RateLimit("any", 9, 3600))
        Tenant.objects.filter(pk=fragile.payroll.key.tenant_id).update(name="Other")

    with pytest.raises(OperationalError):
        count_and_change()


def test_what_was_noted_is_written_without_a_standby_and_once(
    fragile: Fragile, no_standby: None, uses: UseLog, another_pepper: None
) -> None:
    assert calling(fragile.payroll).get(SELF).status_code == 200
    uses.flush()
    uses.flush()
    assert KeyUseDay.objects.get(key=fragile.payroll.key).accepted == 1
    key = ApiKey.objects.get(pk=fragile.payroll.key.pk)
    assert key.pepper_number == (fragile.payroll.key.pepper_number or 0) + 1


@pytest.mark.parametrize(
    ("event", "read", "status"),
    [
        ("api.read", lambda by: calling(by.payroll).get(f"{KEYS}?email=a"), 403),
        ("token.introspected", lambda by: introspect(by.payroll, "any"), 403),
        ("key.secret_in_url", lambda by: by.program.get(f"{KEYS}?a={by.payroll.secret.text}"), 400),
    ],
)
def test_a_refusal_is_recorded_without_a_standby(
    event: str,
    read: Callable[[Fragile], Answer],
    status: int,
    fragile: Fragile,
    no_standby: None,
) -> None:
    assert read(fragile).status_code == status
    assert AuditEvent.objects.filter(event=event).exists()
