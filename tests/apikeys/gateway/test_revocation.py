"""No check that starts after an end was acknowledged passes: revocation, suspension, role, expiry.

Client processes check one key without a pause while it ends. That they would find a stale pass is
shown by a unit into which one was planted.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import Tenant
from accounts.roles import Role
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey, assign_role, revoke_key
from portal.launcher.server import GATEWAY
from tests.apikeys.gateway.asking import asked, showing
from tests.apikeys.gateway.revocation_history import Clients, Seen, clients
from tests.apikeys.rest.canonical.calls import address, calling
from tests.apikeys.services.access_steps import suspend
from tests.factories import PLATFORM, let_expire, make_key
from tests.racing import rounds
from tests.served_gateway import ServedGateway, gateway_unit

STALE = replace(
    GATEWAY, arguments=(*GATEWAY.arguments[:-1], "tests.apikeys.gateway.stale_gateway:application")
)
CLIENTS = 3
CHECKS = rounds(600, 10_000)

type End = Callable[[CreatedKey, Client], object]


def by_the_api(key: CreatedKey, admin: Client) -> None:
    assert admin.delete(address(key)).status_code == 204


def by_the_verb(key: CreatedKey, admin: Client) -> None:
    revoke_key(actor=PLATFORM, key=key.key)


def by_suspension(key: CreatedKey, admin: Client) -> None:
    manager = key.key.tenant.relationship_manager
    assert manager is not None
    suspend(key.key.tenant, manager)


def by_role(key: CreatedKey, admin: Client) -> None:
    """The clients write, which a viewer's key may not."""
    assign_role(actor=PLATFORM, key=key.key, role=Role.VIEWER)


def by_expiry(key: CreatedKey, admin: Client) -> None:
    let_expire(ApiKey.objects.get(pk=key.key.pk))


def after(end: End, hammering: Clients, northwind: Tenant, admin_key: CreatedKey) -> Seen:
    """What clients saw of a new key after `end`."""
    key = make_key(northwind, role=Role.GL)
    hammering.hammer([*asked("POST"), *showing(key)])
    end(key, calling(admin_key))
    return hammering.ended()


@pytest.fixture
def hammering(served_gateway: ServedGateway) -> Iterator[Clients]:
    with clients(served_gateway.url, number=CLIENTS, checks=CHECKS) as started:
        yield started


@pytest.mark.prove
@pytest.mark.parametrize(
    "end",
    [by_the_api, by_the_verb, by_suspension, by_role, by_expiry],
    ids=lambda end: end.__name__,
)
def test_it_passes_nothing_after_the_acknowledgement(
    end: End, hammering: Clients, northwind: Tenant, admin_key: CreatedKey
) -> None:
    seen = after(end, hammering, northwind, admin_key)
    assert seen.passed == 0
    assert seen.refused >= CHECKS


@pytest.mark.prove
def test_it_would_find_a_gateway_that_remembers(
    transactional_db: None,
    worker_database: str,
    tmp_path: Path,
    northwind: Tenant,
    admin_key: CreatedKey,
) -> None:
    with (
        gateway_unit(
            worker_database, tmp_path, application=STALE, settings={"STALE_SECONDS": "1"}
        ) as stale,
        clients(stale.url, number=CLIENTS, checks=CHECKS) as hammering,
    ):
        seen = after(by_the_api, hammering, northwind, admin_key)
    assert seen.passed > 0
