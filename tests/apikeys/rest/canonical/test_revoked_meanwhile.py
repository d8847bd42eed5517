"""A key that is revoked while its request waits does nothing any more."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from accounts.tenancy import lock_tenant
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey, revoke_key
from tests.apikeys.rest.canonical.calls import CREATE, Answer, calling, post, problem
from tests.factories import PLATFORM

# pg_stat_activity would stay as it was at the first look, for the whole transaction.
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def create(key: CreatedKey) -> Answer:
    """Ask for a new key, on a connection of this thread's own."""
    try:
        return post(calling(key), CREATE)
    finally:
        connection.close()


def until_somebody_waits() -> None:
    """Return when another connection waits for a lock."""
    deadline = monotonic() + 10
    with connection.cursor() as cursor:
        while monotonic() < deadline:
            cursor.execute(WAITING)
            if cursor.fetchone() != (0,):
                return
            sleep(0.01)
    pytest.fail("Nobody waited for the tenant's lock.")


@pytest.mark.django_db(transaction=True)
def test_it_creates_nothing_for_a_key_revoked_while_it_waited(admin_key: CreatedKey) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_tenant(admin_key.key.tenant)
            answer = pool.submit(create, admin_key)
            until_somebody_waits()
            revoke_key(actor=PLATFORM, key=admin_key.key)
        problem(answer.result(timeout=10), 401, "unauthenticated")
    assert ApiKey.objects.count() == 1
