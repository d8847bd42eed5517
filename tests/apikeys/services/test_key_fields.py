"""What a key's fields may hold, asked through the verb that makes keys."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.errors import Invalid
from accounts.models import AuditEvent, Tenant
from apikeys.models import ApiKey
from tests.factories import make_key

pytestmark = pytest.mark.django_db


def _errors(tenant: Tenant, **fields: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        make_key(tenant, **fields)
    assert not ApiKey.objects.exists()
    return refused.value.errors


@pytest.mark.parametrize(
    ("field", "length"), [("name", 1), ("name", 64), ("description", 0), ("description", 256)]
)
def test_it_takes_texts_up_to_their_limit(field: str, length: int, northwind: Tenant) -> None:
    fields: dict[str, Any] = {field: "ü" * length}
    key = make_key(northwind, **fields).key
    key.refresh_from_db()
    assert getattr(key, field) == "ü" * length


@pytest.mark.parametrize(("field", "limit"), [("name", 64), ("description", 256)])
def test_it_refuses_one_character_more(field: str, limit: int, northwind: Tenant) -> None:
    errors = _errors(northwind, **{field: "a" * (limit + 1)})
    assert errors == {field: f"Use at most {limit} characters; this has {limit + 1}."}


def test_it_cuts_outer_white_space_off_before_it_counts(northwind: Tenant) -> None:
    key = make_key(northwind, name=f"  {'a' * 64}\n", description="\n b\r\nc ").key
    assert (key.name, key.description) == ("a" * 64, "b\nc")


def test_it_refuses_a_name_of_white_space(northwind: Tenant) -> None:
    assert _errors(northwind, name=" \t ") == {"name": "Enter a name."}


@pytest.mark.parametrize(
    "character", ["\0", "\x1b", "\x85", "\u061c", "\u202e", "\u2067", "\ud800"]
)
@pytest.mark.parametrize("field", ["name", "description"])
def test_it_refuses_characters_that_deceive_or_cannot_be_shown(
    field: str, character: str, northwind: Tenant
) -> None:
    assert "control characters" in _errors(northwind, **{field: f"a{character}b"})[field]


@pytest.mark.parametrize("line_break", ["\n", "\r", "\u2028", "\u2029"])
def test_it_keeps_a_name_on_one_line(line_break: str, northwind: Tenant) -> None:
    assert "name" in _errors(northwind, name=f"a{line_break}b")


def test_it_stores_the_email_in_lower_case(northwind: Tenant) -> None:
    assert make_key(northwind, email=" Ops@Example.COM ").key.email == "ops@example.com"


@pytest.mark.parametrize(
    "email",
    [
        "ops",
        "ops@",
        "@example.com",
        "a b@example.com",
        "ops@exämple.com",
        "a@b\nc.com",
        "a@b,c@d.e",
    ],
)
def test_it_refuses_what_is_no_email_address(email: str, northwind: Tenant) -> None:
    assert "Enter an email address" in _errors(northwind, email=email)["email"]


@pytest.mark.parametrize("email", ["", "  "])
def test_it_needs_an_email(email: str, northwind: Tenant) -> None:
    assert "person or team responsible" in _errors(northwind, email=email)["email"]


def test_it_takes_an_email_of_254_characters_and_no_more(northwind: Tenant) -> None:
    domain = ".".join(["d" * 60] * 4) + ".de"
    local = "l" * (253 - len(domain))
    assert "email" in _errors(northwind, email=f"l{local}@{domain}")
    assert len(make_key(northwind, email=f"{local}@{domain}").key.email) == 254


@pytest.mark.parametrize("past", [timedelta(days=-365), timedelta(seconds=-1), timedelta()])
def test_it_refuses_an_expiration_that_is_not_in_the_future(
    past: timedelta, northwind: Tenant
) -> None:
    errors = _errors(northwind, expires_at=datetime.now(UTC) + past)
    assert errors == {"expiration": "Choose a time in the future."}


def test_it_refuses_an_expiration_without_a_zone(northwind: Tenant) -> None:
    naive = datetime(2999, 1, 1)
    assert "with its zone" in _errors(northwind, expires_at=naive)["expiration"]


def test_it_names_everything_that_is_wrong_at_once(northwind: Tenant) -> None:
    past = datetime(2000, 1, 1, tzinfo=UTC)
    errors = _errors(northwind, name="a" * 65, description="\0", email="", expires_at=past)
    assert set(errors) == {"name", "description", "email", "expiration"}


def test_it_leaves_no_event_of_a_typing_mistake(northwind: Tenant) -> None:
    before = AuditEvent.objects.count()
    _errors(northwind, email="ops")
    assert AuditEvent.objects.count() == before


def test_it_refuses_a_name_that_nobody_can_see(northwind: Tenant) -> None:
    assert _errors(northwind, name="\u200b\u2060\u200d") == {"name": "Enter a name."}
