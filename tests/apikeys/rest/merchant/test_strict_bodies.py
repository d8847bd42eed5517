"""Bodies are JSON objects in UTF-8, each name once, small and flat; nothing makes a 500."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Tenant
from apikeys.models import ApiAccess, ApiKey
from apikeys.rest.requests import BODY_MAX
from tests.apikeys.rest.merchant.calls import CREATE, address, bad, fault, post

BODY = json.dumps(CREATE).encode()
fuzz = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        BODY + b"x",
        b"\xef\xbb\xbf\xef\xbb\xbf" + BODY,
        b'{"name": "\xff", "expiration": "never"}',
        b'{"name": "a", "name": "b", "expiration": "never"}',
        b'{"name": "\\ud800", "expiration": "never"}',
        b'{"name": "\\u0000", "expiration": "never"}',
        b'{"name": NaN, "expiration": "never"}',
        b"[" * 5000,
        b'{"\\ud800": 1}',
    ],
)
def test_it_refuses_what_is_no_plain_json_object(admin: Client, url: str, body: bytes) -> None:
    keys = ApiKey.objects.count()
    bad(post(admin, url, body))
    bad(post(admin, address(ApiKey.objects.first() or ApiKey()), body))
    assert ApiKey.objects.count() == keys


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json; charset=latin-1"])
def test_it_refuses_another_media_type(admin: Client, url: str, content_type: str) -> None:
    bad(admin.generic("POST", url, BODY, content_type=content_type))


@pytest.mark.parametrize("size", [BODY_MAX + 1, 200 * 1024])
def test_it_refuses_a_large_body(admin: Client, url: str, size: int) -> None:
    bad(post(admin, url, BODY + b" " * (size - len(BODY))), 413)


def test_reading_and_deleting_take_no_body(admin: Client, admin_key: Any) -> None:
    for method in ("GET", "DELETE"):
        bad(admin.generic(method, address(admin_key), BODY, content_type="application/json"))


def test_creating_takes_no_query(admin: Client, url: str) -> None:
    assert bad(post(admin, f"{url}?role=admin", BODY)).startswith("role: ")


@pytest.fixture
def roomy(admin: Client, northwind: Tenant) -> Iterator[Client]:
    """Northwind's admin key, with room for whatever turns out to be acceptable."""
    ApiAccess.objects.filter(tenant=northwind).update(key_limit=30_000)
    with override_settings(API_RATE_LIMIT=30_000, API_CHANGE_RATE_LIMIT=30_000):
        yield admin


text = st.text(st.characters(codec=None), max_size=80)  # surrogates and NUL included
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text | st.just("never"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
times = st.datetimes(timezones=st.timezones(), allow_imaginary=True).map(lambda at: at.isoformat())
likely = st.fixed_dictionaries(
    {"name": text, "expiration": st.just("never") | times | text},
    optional={"description": text | st.none(), "role": st.sampled_from(["GL", "x"])},
)


def known(client: Client, url: str, body: bytes) -> None:
    """Create and update with `body`: a success, or a bad request in the envelope."""
    key = ApiKey.objects.order_by("pk").first()
    assert key is not None
    for answer in (post(client, url, body), post(client, address(key), body)):
        if answer.status_code != 200:
            bad(answer)


@fuzz
@given(body=st.binary(max_size=300))
def test_it_survives_any_bytes(roomy: Client, url: str, body: bytes) -> None:
    known(roomy, url, body)


@fuzz
@given(document=st.dictionaries(st.sampled_from(["name", "expiration"]) | text, values) | values)
def test_it_survives_any_json(roomy: Client, url: str, document: Any) -> None:
    known(roomy, url, json.dumps(document).encode())


@fuzz
@given(document=likely)
def test_it_survives_anything_in_known_fields(
    roomy: Client, url: str, document: dict[str, Any]
) -> None:
    known(roomy, url, json.dumps(document).encode())


@fuzz
@given(merchant_id=text, key_id=text)
def test_it_survives_any_address(platform: Client, merchant_id: str, key_id: str) -> None:
    path = f"/api_keys/{merchant_id}/{key_id}".encode("utf-8", "surrogatepass")
    answer = platform.get("/api_keys/", PATH_INFO=path.decode("latin-1"))
    assert fault(answer, answer.status_code, answer.json()["error"]["code"])
    assert answer.status_code in {401, 404, 405}
