"""A rule exists once: page, canonical API and merchant API follow it together.

Each door is knocked at with the same key; where the rule changes, all three change.
"""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Tenant, User
from apikeys.models import ApiAccess, ApiKey
from apikeys.rules import DESCRIPTION_MAX, NAME_MAX
from apikeys.services import key_fields
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.merchant.calls import JSON, Answer, bad, calling, fault, merchant, post
from tests.factories import make_key, signed_in

DOORS = ("page", "canonical", "merchant")
type Create = Callable[..., Answer]


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    """Through which door a key is asked for."""
    name: str = request.param
    return name


@pytest.fixture
def create(door: str, northwind: Tenant, alice: User, admin_key: CreatedKey) -> Create:
    """Ask for a key of Northwind's through the door."""
    client = signed_in(alice) if door == "page" else calling(admin_key)

    def ask(name: str = "Till 7", description: str = "") -> Answer:
        body = {"name": name, "description": description}
        match door:
            case "page":
                return _by_form(client, northwind, body)
            case "canonical":
                email = {"email": "keys@example.com"}
                return client.post("/v1/api-key/keys", email | body, content_type=JSON)
            case _:
                return post(client, merchant(northwind), body | {"expiration": "never"})

    return ask


def _by_form(client: Client, tenant: Tenant, fields: dict[str, str]) -> Answer:
    page = f"/account/{tenant.public_id}/keys/new/"
    offered = client.get(page).context
    initial = offered["form"].initial if "form" in offered else {"submission": "x" * 24}
    form = {"email": "keys@example.com", **initial, "role": "viewer", "expires": "never", **fields}
    return client.post(page, form)


def words(answer: Answer, door: str) -> str:
    """All that the answer says of a bad field."""
    match door:
        case "page":
            assert answer.status_code == 422
            return str(answer.context["form"].errors)
        case "canonical":
            assert answer.status_code == 422
            return " ".join(error["detail"] for error in answer.json()["errors"])
        case _:
            return bad(answer)


def refuse_for_the_limit(answer: Answer, door: str) -> None:
    """The answer to a key too many."""
    match door:
        case "page":
            assert answer.status_code == 409
        case "canonical":
            assert (answer.status_code, answer.json()["code"]) == (409, "key_limit_reached")
        case _:
            fault(answer, 400, "IR_16")


@pytest.mark.parametrize(("field", "limit"), [("name", NAME_MAX), ("description", DESCRIPTION_MAX)])
def test_every_door_takes_the_longest_text_and_not_one_character_more(
    create: Create, door: str, field: str, limit: int
) -> None:
    assert create(**{field: "x" * limit}).status_code in {200, 201}
    assert f"Use at most {limit} characters" in words(create(**{field: "y" * (limit + 1)}), door)
    assert ApiKey.objects.filter(**{field: "x" * limit}).count() == 1


@pytest.mark.parametrize(
    ("field", "rule"), [("name", "NAME_MAX"), ("description", "DESCRIPTION_MAX")]
)
def test_a_length_that_is_changed_once_is_changed_at_every_door(
    create: Create, door: str, field: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_fields, rule, 5)
    assert "Use at most 5 characters; this has 6." in words(create(**{field: "x" * 6}), door)
    assert create(**{field: "x" * 5}).status_code in {200, 201}


@pytest.mark.parametrize("limit", [10, 3])
def test_a_limit_that_is_changed_once_is_changed_at_every_door(
    create: Create, door: str, northwind: Tenant, limit: int
) -> None:
    ApiAccess.objects.filter(tenant=northwind).update(key_limit=limit)
    while ApiKey.objects.active().count() < limit - 1:
        make_key(northwind)
    assert create().status_code in {200, 201}
    refuse_for_the_limit(create("One more"), door)
    assert ApiKey.objects.active().count() == limit
