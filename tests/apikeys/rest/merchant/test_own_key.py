"""A key that revokes itself, and one that is revoked while its request waits."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.tenancy import lock_tenant
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey, revoke_key
from tests.apikeys.rest.canonical.test_revoked_meanwhile import until_somebody_waits
from tests.apikeys.rest.merchant.calls import (
    CREATE,
    Answer,
    address,
    calling,
    fault,
    merchant,
    post,
)
from tests.factories import PLATFORM


def test_a_key_may_revoke_itself_without_being_asked_again(
    admin: Client, admin_key: CreatedKey, url: str
) -> None:
    assert admin.delete(address(admin_key)).json()["revoked"] is True
    fault(admin.get(f"{url}/list"), 401, "IR_01")


@pytest.mark.django_db(transaction=True)
def test_it_creates_nothing_for_a_key_revoked_while_it_waited(admin_key: CreatedKey) -> None:
    def create() -> Answer:
        try:
            return post(calling(admin_key), merchant(admin_key.key.tenant), CREATE)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_tenant(admin_key.key.tenant)
            answer = pool.submit(create)
            until_somebody_waits()
            revoke_key(actor=PLATFORM, key=admin_key.key)
        fault(answer.result(timeout=10), 401, "IR_01")
    assert ApiKey.objects.count() == 1
