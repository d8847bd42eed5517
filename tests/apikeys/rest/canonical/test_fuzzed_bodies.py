"""Whatever the body, the answer is one that the contract knows."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Tenant
from apikeys.models import ApiAccess
from tests.apikeys.rest.canonical.calls import post

KNOWN = {201, 413, 415, 422}

text = st.text(st.characters(codec=None), max_size=80)  # surrogates and NUL included
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text | st.just("never"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from(["email", "name", "description", "role", "expiration"]) | text
times = st.datetimes(timezones=st.timezones(), allow_imaginary=True).map(lambda at: at.isoformat())
likely = st.fixed_dictionaries(
    {"email": st.emails() | text},
    optional={
        "name": text,
        "description": text,
        "role": st.sampled_from(["viewer", "GL", "admin"]) | text,
        "expiration": st.just("never") | times | text,
    },
)
fuzz = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def admin(admin: Client, northwind: Tenant) -> Iterator[Client]:
    """Northwind's admin key, with room for whatever turns out to be acceptable."""
    ApiAccess.objects.filter(tenant=northwind).update(key_limit=30_000)
    with override_settings(API_RATE_LIMIT=30_000, API_CHANGE_RATE_LIMIT=30_000):
        yield admin


@fuzz
@given(body=st.binary(max_size=400))
def test_it_survives_any_bytes(admin: Client, body: bytes) -> None:
    assert post(admin, body).status_code in KNOWN


@fuzz
@given(document=st.dictionaries(fields, values, max_size=6) | values)
def test_it_survives_any_json(admin: Client, document: Any) -> None:
    assert post(admin, json.dumps(document).encode()).status_code in KNOWN


@fuzz
@given(document=likely)
def test_it_survives_anything_in_known_fields(admin: Client, document: dict[str, Any]) -> None:
    assert post(admin, json.dumps(document).encode()).status_code in KNOWN
