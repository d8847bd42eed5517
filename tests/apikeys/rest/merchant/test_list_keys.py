"""The list: a bare array, oldest first, by limit and skip."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Tenant
from tests.apikeys.rest.merchant.calls import bad
from tests.factories import make_expired_key, make_key, make_revoked_key


@pytest.fixture
def names(admin: Client, northwind: Tenant) -> list[str]:
    """Northwind's keys in the order in which they were made, an expired one among them."""
    make_key(northwind, name="Second")
    make_expired_key(northwind, name="Third")
    make_revoked_key(northwind, name="Gone")
    make_key(northwind, name="Fourth")
    return ["Back office", "Second", "Third", "Fourth"]


def listed(client: Client, url: str, **query: Any) -> list[str]:
    """The names that the list answers."""
    answer = client.get(f"{url}/list", query_params=query)
    assert answer.status_code == 200, answer.content
    return [key["name"] for key in answer.json()]


def test_it_holds_active_and_expired_keys_oldest_first_and_no_revoked_one(
    admin: Client, url: str, names: list[str], foreigner: Client
) -> None:
    assert listed(admin, url) == names


@pytest.mark.parametrize("caller", ["admin", "platform"])
def test_it_holds_one_merchants_keys_only(
    request: pytest.FixtureRequest, caller: str, url: str, names: list[str], foreigner: Client
) -> None:
    assert listed(request.getfixturevalue(caller), url) == names


@pytest.mark.parametrize(
    ("query", "slice_"),
    [
        ({"limit": 1}, slice(0, 1)),
        ({"limit": 2, "skip": 1}, slice(1, 3)),
        ({"skip": 3}, slice(3, 4)),
        ({"limit": 1000, "skip": 10_000}, slice(0, 0)),
    ],
)
def test_it_pages_by_limit_and_skip(
    admin: Client, url: str, names: list[str], query: dict[str, int], slice_: slice
) -> None:
    assert listed(admin, url, **query) == names[slice_]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("skip=10001", "skip"),
        ("skip=-1", "skip"),
        ("skip=9999999", "skip"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=1&limit=2", "limit"),
        ("offset=1", "offset"),
        ("limit=%ff", ""),
    ],
)
def test_it_refuses_another_query(admin: Client, url: str, query: str, field: str) -> None:
    assert bad(admin.get(f"{url}/list?{query}")).startswith(field)


@pytest.mark.parametrize("keys", [1, 5])
def test_it_asks_the_same_queries_for_any_number_of_keys(
    admin: Client, url: str, northwind: Tenant, keys: int
) -> None:
    for _ in range(keys):
        make_key(northwind)
    listed(admin, url)  # notes the key's use
    with CaptureQueriesContext(connection) as asked:
        listed(admin, url)
    assert (
        len([q for q in asked if "SAVEPOINT" not in q["sql"]]) == 3
    )  # the key, the count of its requests, the list
