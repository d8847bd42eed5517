"""The list goes on with a cursor, which is signed and good for its own list only."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Tenant
from accounts.roles import Role
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import KEYS, calling, invalid, problem, put_role
from tests.factories import make_key, make_revoked_key


def walk(client: Client, **query: str) -> Iterator[list[str]]:
    """Page by page, the client IDs."""
    for _ in range(50):  # more pages than any test has: a cursor that stays where it is must end
        page: dict[str, Any] = client.get(KEYS, query_params=query).json()
        yield [item["client_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]


def cursor(client: Client, **query: str) -> str:
    """The cursor after a first page of one key."""
    page = client.get(KEYS, query_params=query | {"limit": "1"}).json()
    assert page["next_cursor"]
    return str(page["next_cursor"])


@pytest.fixture
def seven(northwind: Tenant, admin_key: CreatedKey) -> list[str]:
    """Seven client IDs, newest first; five of the keys were created at the same moment."""
    made = [admin_key.key, *(make_key(northwind).key for _ in range(6))]
    for key in (made[3], made[1], made[5], made[2], made[4]):  # so that no order comes by itself
        ApiKey.objects.filter(pk=key.pk).update(created_at=made[1].created_at)
    with connection.cursor() as cursor:
        # The index has the order in it; the query must ask for it all the same.
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
    return [key.client_id for key in reversed(made)]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_it_shows_each_key_once_also_between_equal_times(
    admin: Client, seven: list[str], limit: int
) -> None:
    pages = list(walk(admin, limit=str(limit)))
    assert [client_id for page in pages for client_id in page] == seven
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)


def test_it_shows_up_to_a_hundred_keys_by_default(admin: Client, northwind: Tenant) -> None:
    for _ in range(100):
        make_revoked_key(northwind)
    pages = list(walk(admin, status="all"))
    assert [len(page) for page in pages] == [100, 1]


def test_it_goes_on_where_it_was_when_keys_come_and_go(
    admin: Client, seven: list[str], northwind: Tenant
) -> None:
    pages = walk(admin, limit="3")
    first = next(pages)
    make_key(northwind)
    admin.delete(f"{KEYS}/{first[-1]}")
    assert [client_id for page in pages for client_id in page] == seven[3:]


def test_its_cursor_carries_the_filters(admin: Client, northwind: Tenant) -> None:
    for role in (Role.GL, Role.VIEWER, Role.GL):
        make_key(northwind, role=role)
    after = cursor(admin, role="GL")
    for query in ({"cursor": after}, {"cursor": after, "role": "GL"}):
        (item,) = admin.get(KEYS, query_params=query).json()["items"]
        assert item["role"] == "GL"


def test_it_refuses_a_cursor_with_other_filters(admin: Client, seven: list[str]) -> None:
    after = cursor(admin, status="all")
    query = {"cursor": after, "status": "active"}
    assert invalid(admin.get(KEYS, query_params=query)) == {"cursor": "invalid"}


def test_it_refuses_a_tampered_cursor(admin: Client, seven: list[str]) -> None:
    after = cursor(admin)
    changed = ("x" if after[0] != "x" else "y") + after[1:]
    for bad in ("x", changed, after[:-1], after + "a", "\u00e9:\u00e9:\u00e9"):
        response = admin.get(KEYS, query_params={"cursor": bad})
        assert invalid(response) == {"cursor": "invalid"}


def test_it_refuses_another_tenants_cursor(
    admin: Client, seven: list[str], foreigner: Client
) -> None:
    response = foreigner.get(KEYS, query_params={"cursor": cursor(admin)})
    assert invalid(response) == {"cursor": "invalid"}


def test_its_cursor_grants_nothing_that_the_caller_has_not(
    admin: Client, northwind: Tenant, payroll: CreatedKey
) -> None:
    make_key(northwind, email="payroll@example.com")
    after = cursor(admin, email="payroll@example.com")
    denied = calling(payroll).get(KEYS, query_params={"cursor": after})
    assert problem(denied, 403, "permission_denied")["permission"] == "read_users"
    put_role(admin, payroll, "admin")
    assert calling(payroll).get(KEYS, query_params={"cursor": after}).status_code == 200
