"""The one SELECT: what it finds, that it is one, and that it never waits longer than it may."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import Tenant
from apikeys.credentials import signing_public_key
from apikeys.gateway import connection_setup, pipeline
from apikeys.gateway.lookup import KeyState
from apikeys.gateway.pipeline import Pipeline, Unavailable
from apikeys.models import AccessState
from apikeys.services.keys import CreatedKey, revoke_key
from apikeys.services.peppers import configured_peppers
from tests.apikeys.gateway.conftest import parameters
from tests.apikeys.gateway.lookups import AskedLookup, locked
from tests.database_roles import as_superuser
from tests.factories import PLATFORM, let_expire, put_access

SHORT = 0.1
"""Seconds; a deadline that is to be missed."""
PATIENCE = 30
"""Seconds after which a thread that should have ended counts as stuck."""


def ends(task: Callable[[], object]) -> bool:
    """Whether the task ends, rather than being stuck."""
    thread = threading.Thread(target=task, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return not thread.is_alive()


def in_the_end(lookup: AskedLookup, client_id: str) -> KeyState | None:
    """What the look-up says once it can say something."""
    for _ in range(PATIENCE * 20):
        try:
            return lookup.find(client_id)
        except Unavailable:
            threading.Event().wait(0.05)
    pytest.fail("The database never came back.")


def unavailable(lookup: AskedLookup, client_id: str = "dev_x") -> None:
    with pytest.raises(Unavailable):
        lookup.find(client_id)


def test_it_finds_the_key_as_it_is_now(
    worker_lookup: AskedLookup, gl_key: CreatedKey, northwind: Tenant
) -> None:
    state = worker_lookup.find(gl_key.key.client_id)
    assert state is not None
    assert (state.pk, state.role, state.tenant_id) == (gl_key.key.pk, "GL", northwind.public_id)
    assert state.stored == configured_peppers().verifier(gl_key.secret)
    assert state.public_key == signing_public_key(gl_key.secret)
    assert (state.access_enabled, state.unexpired) == (True, True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now())::bigint")
        assert abs(cursor.fetchone()[0] - state.now) < 60


def test_it_sees_each_change_at_the_next_look(
    worker_lookup: AskedLookup, gl_key: CreatedKey, northwind: Tenant
) -> None:
    client_id = gl_key.key.client_id
    for state in AccessState:
        put_access(northwind, state)
        assert worker_lookup.found(client_id).access_enabled is (state == AccessState.ENABLED)
    put_access(northwind, AccessState.ENABLED)
    let_expire(gl_key.key)
    assert worker_lookup.found(client_id).unexpired is False
    revoke_key(actor=PLATFORM, key=gl_key.key)
    assert worker_lookup.find(client_id) is None


def test_it_knows_no_strangers(worker_lookup: AskedLookup) -> None:
    assert worker_lookup.find("dev_" + "a" * 20) is None


def test_it_asks_one_thing_a_look(worker_lookup: AskedLookup, gl_key: CreatedKey) -> None:
    def thrice() -> None:
        for _ in range(3):
            worker_lookup.find(gl_key.key.client_id)

    sent = worker_lookup.sent_by(thrice)
    assert sent == ["Bind", "Describe", "Execute", "Sync"] * 3


@pytest.mark.django_db(transaction=True)
def test_it_never_answers_with_the_row_of_the_look_before(
    gl_key: CreatedKey, payroll: CreatedKey
) -> None:
    lookup = AskedLookup(parameters(), SHORT)
    for one, other in ((gl_key, payroll), (payroll, gl_key)) * 3:
        in_the_end(lookup, "")
        with locked():
            unavailable(lookup, one.key.client_id)
        found = in_the_end(lookup, other.key.client_id)
        assert found is not None
        assert found.pk == other.key.pk
    lookup.close()


@pytest.mark.django_db(transaction=True)
def test_it_asks_nothing_more_after_one_miss(
    gl_key: CreatedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookup, tries = AskedLookup(parameters(), SHORT), []
    in_the_end(lookup, "")
    with locked(), monkeypatch.context() as patch:
        unavailable(lookup)
        patch.setattr(Pipeline, "_send", lambda _: tries.append(1))
        unavailable(lookup)
    assert tries == []
    assert in_the_end(lookup, gl_key.key.client_id) is not None
    lookup.close()


@pytest.mark.django_db(transaction=True)
def test_it_connects_again_when_its_connection_was_ended(
    worker_lookup: AskedLookup, gl_key: CreatedKey
) -> None:
    for _ in range(3):
        assert worker_lookup.find(gl_key.key.client_id) is not None
        with as_superuser() as superuser:
            superuser.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                "WHERE application_name = 'portal-gateway' AND datname = current_database()"
            )


def test_it_gives_up_on_a_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        lookup = AskedLookup({"host": host, "port": port, "dbname": "x", "user": "x"}, SHORT)
        assert ends(lambda: unavailable(lookup))


def test_it_gives_up_where_connecting_itself_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    """As libpq is while it looks up a host's name."""
    stuck = threading.Event()
    monkeypatch.setattr(pipeline, "open_connection", lambda *_: stuck.wait())
    lookup = AskedLookup({"host": "db.example.com"}, SHORT)
    assert ends(lambda: unavailable(lookup))
    assert not stuck.is_set()


@pytest.mark.django_db(transaction=True)
def test_it_gives_up_on_a_database_that_takes_no_writes(gl_key: CreatedKey) -> None:
    """Which may be a standby, and so not know of the latest revocations."""
    read_only = parameters() | {"options": "-c default_transaction_read_only=on"}
    lookup = AskedLookup(read_only)
    unavailable(lookup, gl_key.key.client_id)
    unavailable(lookup)


@pytest.mark.django_db(transaction=True)
def test_it_keeps_looking_whatever_happens(
    gl_key: CreatedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = (
        connection_setup.open_connection,
        iter([RuntimeError("no thread"), MemoryError()]),
    )

    def flaky(*arguments: Any) -> object:
        for failure in failures:
            raise failure
        return real(*arguments)

    monkeypatch.setattr(pipeline, "open_connection", flaky)
    lookup = AskedLookup(parameters(), 5)
    unavailable(lookup)
    assert in_the_end(lookup, gl_key.key.client_id) is not None
    lookup.close()
