"""A strict client of Hyperswitch's, replayed: create, update, retrieve, list, delete.

Its assertions are those of clients written against Hyperswitch: each answer has exactly the
contract's fields in the contract's order, and what was answered once is answered again.
"""

import json
import re
from typing import Any

import pytest
from django.test import Client

from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.merchant.calls import JSON, Answer, address, calling, fault, post
from tests.factories import make_revoked_key

CREATED = ["key_id", "merchant_id", "name", "description", "api_key", "created", "expiration"]
RETRIEVED = ["key_id", "merchant_id", "name", "description", "prefix", "created", "expiration"]
REVOKED = ["merchant_id", "key_id", "revoked"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def answered(response: Answer) -> Any:
    """The JSON of a success, its names in the order in which they came."""
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == JSON
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert "Vary" not in response  # no session was read, and no page made
    return json.loads(response.content)


@pytest.fixture(params=["admin", "platform"])
def client(request: pytest.FixtureRequest) -> Client:
    """Who may manage Northwind's keys."""
    caller: Client = request.getfixturevalue(request.param)
    return caller


def test_a_strict_client_walks_through_the_life_of_a_key(client: Client, url: str) -> None:
    before = answered(client.get(f"{url}/list"))
    body = {"name": "Till 7", "description": None, "expiration": "2099-09-10T10:11:12Z"}
    created = answered(post(client, url, body))
    assert list(created) == CREATED
    assert (created["name"], created["description"]) == ("Till 7", None)
    assert created["expiration"] == "2099-09-10T10:11:12.000Z"
    assert TIME.fullmatch(created["created"])
    key_url = f"{url}/{created['key_id']}"

    change = {"name": "Till 8", "description": "Ground floor", "expiration": "never"}
    updated = answered(post(client, key_url, change))
    assert list(updated) == RETRIEVED
    assert (updated["key_id"], updated["merchant_id"]) == (created["key_id"], url.split("/")[2])
    assert updated["created"] == created["created"]
    assert {name: updated[name] for name in change} == change
    assert created["api_key"].startswith(updated["prefix"])
    assert len(updated["prefix"]) == 12

    retrieved = answered(client.get(key_url))
    assert list(retrieved) == RETRIEVED
    assert retrieved == updated

    listed = answered(client.get(f"{url}/list"))
    assert listed == [*before, retrieved]
    assert listed[-1]["key_id"] == created["key_id"]

    revoked = answered(client.delete(key_url))
    assert list(revoked) == REVOKED
    assert revoked == {
        "merchant_id": created["merchant_id"],
        "key_id": created["key_id"],
        "revoked": True,
    }
    assert answered(client.get(f"{url}/list")) == before
    for again in (client.get(key_url), post(client, key_url, {}), client.delete(key_url)):
        message = fault(again, 404, "HE_02")
        assert message == "API Key does not exist in our records"


def test_the_new_key_works_at_once_and_not_any_more_when_it_is_revoked(
    client: Client, url: str
) -> None:
    body = {"name": "Second", "expiration": "never", "role": "admin"}
    created = answered(post(client, url, body))
    second = Client(headers={"api-key": created["api_key"]})
    assert answered(second.get(f"{url}/{created['key_id']}"))["name"] == "Second"
    answered(client.delete(f"{url}/{created['key_id']}"))
    fault(second.get(f"{url}/list"), 401, "IR_01")


@pytest.mark.parametrize("caller", ["foreign", "revoked"])
def test_who_may_not_is_unauthorized_at_every_step(
    caller: str, url: str, payroll: CreatedKey, foreign_key: CreatedKey
) -> None:
    if caller == "foreign":
        client = calling(foreign_key)
    else:
        client = calling(make_revoked_key(payroll.key.tenant))
    answers = [
        post(client, url, {"name": "x", "expiration": "never"}),
        client.get(f"{url}/list"),
        client.get(address(payroll)),
        post(client, address(payroll), {"name": "y"}),
        client.delete(address(payroll)),
    ]
    for answer in answers:
        message = fault(answer, 401, "IR_01")
        assert message == "API key not provided or invalid API key used"
        assert answer["WWW-Authenticate"]
    payroll.key.refresh_from_db()
    assert (payroll.key.name, payroll.key.revoked_at) == ("Payroll", None)
