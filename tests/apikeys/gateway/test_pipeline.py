"""Many checks on one connection: each gets its own answer, whatever becomes of the others."""

import asyncio
import random
from collections.abc import Sequence
from hashlib import sha256
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection

from apikeys.credentials import new_client_secret
from apikeys.gateway import connection_setup, pipeline
from apikeys.gateway.coroutine_protocol import taken
from apikeys.gateway.lookup import KeyState, Lookup
from apikeys.gateway.pipeline import BATCH, BATCHES_MAX, Unavailable
from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.conftest import PATIENT, parameters
from tests.apikeys.gateway.lookups import AskedLookup, locked
from tests.database_roles import as_superuser
from tests.factories import make_key

PATIENCE = 30
"""Seconds after which something that should have happened counts as stuck."""


def waits_for_a_lock() -> None:
    """Return once a question of the gateway hangs at a lock."""
    for _ in range(PATIENCE * 100):
        with as_superuser() as superuser:
            found = superuser.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'portal-gateway'"
                " AND datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
        if found and found[0]:
            return
        Event().wait(0.01)
    pytest.fail("No question waits for the lock.")


def terminate() -> None:
    """End the gateway's connections, as an operator may."""
    with as_superuser() as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE application_name = 'portal-gateway' AND datname = current_database()"
        )


def shuffled(client_ids: dict[str, int | None], count: int) -> list[str]:
    """So many of them in a mixed order, the same in each run."""
    return random.Random(count).choices(list(client_ids), k=count)  # noqa: S311  # no secret


def nonce_in_use(
    lookup: AskedLookup, key: CreatedKey
) -> tuple[Thread, list[bool | type[BaseException]]]:
    """A thread that uses up a nonce on a connection that is open, and what it will be told."""
    told = list[bool | type[BaseException]]()
    lookup.is_new_nonce(key.key.pk, sha256(b"another").digest())

    def use() -> None:
        try:
            told.append(lookup.is_new_nonce(key.key.pk, sha256(b"once").digest()))
        except Unavailable as unavailable:
            told.append(type(unavailable))

    return Thread(target=use), told


def keys_of(found: Sequence[KeyState | BaseException | None]) -> list[int | None]:
    return [state.pk if isinstance(state, KeyState) else None for state in found]


@pytest.fixture
def client_ids(gl_key: CreatedKey, payroll: CreatedKey) -> dict[str, int | None]:
    """Client IDs of keys and of nobody, and the rows they have."""
    keys = [gl_key, payroll, *(make_key(gl_key.key.tenant) for _ in range(3))]
    known: dict[str, int | None] = {each.key.client_id: each.key.pk for each in keys}
    return known | {new_client_secret("dev").client_id: None for _ in range(3)}


def test_it_gives_each_question_its_own_answer(
    worker_lookup: AskedLookup, client_ids: dict[str, int | None]
) -> None:
    asked = shuffled(client_ids, 500)
    found = worker_lookup.find_all(asked)
    assert keys_of(found) == [client_ids[each] for each in asked]
    assert not any(isinstance(each, BaseException) for each in found)


def test_it_sends_a_batch_as_soon_as_it_is_one(
    worker_lookup: AskedLookup, gl_key: CreatedKey
) -> None:
    batches = sent(worker_lookup, gl_key, 3 * BATCH + 1)
    assert batches == [BATCH] * 3 + [1]


def test_it_sends_what_had_to_wait_in_one_go(
    worker_lookup: AskedLookup, gl_key: CreatedKey
) -> None:
    batches = sent(worker_lookup, gl_key, BATCHES_MAX * BATCH + 9)
    assert batches == [BATCH] * BATCHES_MAX + [9]


def sent(asked: AskedLookup, key: CreatedKey, count: int) -> list[int]:
    """Ask for a key so many times at once: how many questions each batch had."""
    messages = asked.sent_by(lambda: asked.find_all([key.key.client_id] * count))
    *batches, rest = " ".join(messages).split("Sync")
    assert rest == ""
    return [batch.count("Execute") for batch in batches]


def test_it_lets_no_asker_that_fails_keep_others_from_their_answers(
    worker_lookup: AskedLookup, client_ids: dict[str, int | None]
) -> None:
    async def one_fails(lookup: Lookup) -> list[KeyState | BaseException | None]:
        def fail(_: object) -> None:
            raise ValueError

        for each in asked[:5]:
            next(lookup.find(each)).heard = fail
        finding = (taken(lookup.find(each)) for each in asked[5:])
        return await asyncio.gather(*finding, return_exceptions=True)

    worker_lookup.find("")
    asked = shuffled(client_ids, 10)
    assert keys_of(worker_lookup.run(one_fails)) == [client_ids[each] for each in asked[5:]]


def test_it_shifts_no_answer_when_an_asker_goes(
    worker_lookup: AskedLookup, client_ids: dict[str, int | None]
) -> None:
    async def some_go(lookup: Lookup) -> list[KeyState | BaseException | None]:
        tasks = [asyncio.ensure_future(taken(lookup.find(each))) for each in asked]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    asked = shuffled(client_ids, 200)
    found = worker_lookup.run(some_go)
    assert all(isinstance(each, asyncio.CancelledError) for each in found[::2])
    assert keys_of(found)[1::2] == [client_ids[each] for each in asked[1::2]]
    assert keys_of(worker_lookup.find_all(asked)) == [client_ids[each] for each in asked]


@pytest.mark.django_db(transaction=True)
def test_it_refuses_all_together_when_one_is_late(client_ids: dict[str, int | None]) -> None:
    lookup = AskedLookup(parameters(), 0.1)
    for _ in range(PATIENCE * 20):  # until it has connected
        if not isinstance(lookup.find_all([""])[0], BaseException):
            break
        Event().wait(0.05)
    with locked():
        found = lookup.find_all(list(client_ids) * 5)
    assert all(isinstance(each, Unavailable) for each in found)
    lookup.close()


@pytest.mark.django_db(transaction=True)
def test_it_asks_again_what_a_closed_connection_left_open(
    worker_lookup: AskedLookup, client_ids: dict[str, int | None]
) -> None:
    found = list[KeyState | BaseException | None]()
    worker_lookup.find("")
    asking = Thread(target=lambda: found.extend(worker_lookup.find_all(list(client_ids))))
    with locked():
        asking.start()
        waits_for_a_lock()
        terminate()
    asking.join()
    assert keys_of(found) == list(client_ids.values())


@pytest.mark.django_db(transaction=True)
def test_it_asks_again_only_once(gl_key: CreatedKey, monkeypatch: pytest.MonkeyPatch) -> None:
    real, opened = connection_setup.open_connection, list[object]()

    def ended_at_once(*arguments: Any) -> object:
        opened.append(real(*arguments))
        terminate()
        return opened[-1]

    monkeypatch.setattr(pipeline, "open_connection", ended_at_once)
    lookup = AskedLookup(parameters(), PATIENT)
    assert isinstance(lookup.find_all([gl_key.key.client_id])[0], Unavailable)
    assert len(opened) == 2
    lookup.close()


@pytest.mark.django_db(transaction=True)
def test_it_never_repeats_the_use_of_a_nonce(
    worker_lookup: AskedLookup, gl_key: CreatedKey
) -> None:
    """Whose first try may have been written before the connection ended."""
    using, told = nonce_in_use(worker_lookup, gl_key)
    with locked("apikeys_usednonce"):
        using.start()
        waits_for_a_lock()
        terminate()
    using.join()
    assert told == [Unavailable]


@pytest.mark.django_db(transaction=True)
def test_it_calls_no_nonce_new_whose_commit_fails(
    worker_lookup: AskedLookup, gl_key: CreatedKey
) -> None:
    """The row's reference to its key is looked at when it commits."""
    using, told = nonce_in_use(worker_lookup, gl_key)
    with as_superuser() as superuser, superuser.transaction():
        key = [gl_key.key.pk]
        superuser.execute("SELECT 1 FROM apikeys_apikey WHERE id = %s FOR UPDATE", key)
        using.start()
        waits_for_a_lock()
        terminate()
        using.join()
    assert told == [Unavailable]


@pytest.mark.django_db(transaction=True)
def test_it_takes_one_of_many_uses_of_a_nonce(
    worker_lookup: AskedLookup, gl_key: CreatedKey
) -> None:
    async def use(lookup: Lookup) -> list[bool]:
        using = (taken(lookup.is_new_nonce(gl_key.key.pk, digest)) for _ in each)
        return await asyncio.gather(*using)

    each = range(3 * BATCHES_MAX)
    for number in range(20):
        digest = sha256(str(number).encode()).digest()
        assert sorted(worker_lookup.run(use)) == [*[False] * (len(each) - 1), True]


@pytest.mark.django_db(transaction=True)
def test_it_checks_on_while_a_nonce_waits(worker_lookup: AskedLookup, gl_key: CreatedKey) -> None:
    answers = list[bool]()
    worker_lookup.is_new_nonce(gl_key.key.pk, sha256(b"first").digest())
    use = Thread(
        target=lambda: answers.append(
            worker_lookup.is_new_nonce(gl_key.key.pk, sha256(b"second").digest())
        )
    )
    with locked("apikeys_usednonce"):
        use.start()
        waits_for_a_lock()
        found = worker_lookup.find(gl_key.key.client_id)
        assert answers == []
    use.join()
    assert found is not None
    assert answers == [True]


def test_it_refuses_an_answer_to_another_question(
    worker_lookup: AskedLookup, gl_key: CreatedKey, payroll: CreatedKey
) -> None:
    """Which libpq's order of answers rules out: seen here by swapping two questions."""

    async def swapped(lookup: Lookup) -> Sequence[KeyState | BaseException | None]:
        one = asyncio.ensure_future(taken(lookup.find(gl_key.key.client_id)))
        two = asyncio.ensure_future(taken(lookup.find(payroll.key.client_id)))
        while len(lookup.keys._asked) != 2:
            await asyncio.sleep(0)
        lookup.keys._asked.reverse()
        return await asyncio.gather(one, two, return_exceptions=True)

    worker_lookup.find("")
    assert all(isinstance(each, Unavailable) for each in worker_lookup.run(swapped))


def test_it_has_two_connections_at_most(worker_lookup: AskedLookup, gl_key: CreatedKey) -> None:
    before = connections()
    worker_lookup.find_all([gl_key.key.client_id] * 50)
    worker_lookup.is_new_nonce(gl_key.key.pk, sha256(b"x").digest())
    assert len(connections() - before) == 2


@pytest.mark.django_db(transaction=True)
def test_it_tries_again_where_the_system_has_no_thread_left(
    gl_key: CreatedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = Thread.start, iter([RuntimeError("can't start new thread")])

    def start(thread: Thread) -> None:
        if thread.name == "gateway-connect":
            for failure in failures:
                raise failure
        real(thread)

    monkeypatch.setattr(Thread, "start", start)
    lookup = AskedLookup(parameters(), PATIENT)
    assert isinstance(lookup.find_all([gl_key.key.client_id])[0], Unavailable)
    for _ in range(PATIENCE * 20):
        found = lookup.find_all([gl_key.key.client_id])
        if not isinstance(found[0], Unavailable):
            break
        Event().wait(0.05)
    assert keys_of(found) == [gl_key.key.pk]
    lookup.close()


def connections() -> set[int]:
    """The processes that serve all gateways; those of other tests' units may end meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'portal-gateway'"
            " AND datname = current_database()"
        )
        return {pid for (pid,) in cursor.fetchall()}
