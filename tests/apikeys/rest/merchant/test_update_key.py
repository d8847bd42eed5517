"""Updating over the merchant API: absent and null leave a field, "never" clears the expiration."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.merchant.calls import CREATE, address, bad, fault, post
from tests.factories import let_expire, make_expired_key, make_key

NAMED = {"name": "Till 7", "description": "Ground floor", "expiration": "2099-01-31T10:00:00.000Z"}


@pytest.fixture
def key_url(admin: Client, url: str) -> str:
    """A key that has every field."""
    return f"{url}/{post(admin, url, NAMED).json()['key_id']}"


@pytest.mark.parametrize(
    "body", [{}, {"name": None}, {"description": None}, {"expiration": None}, dict.fromkeys(NAMED)]
)
def test_nothing_and_null_change_nothing_and_leave_no_event(
    admin: Client, key_url: str, body: dict[str, None]
) -> None:
    before = admin.get(key_url).json()
    assert post(admin, key_url, body).json() == before
    assert not AuditEvent.objects.filter(event="key.edited").exists()


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ({"name": "Till 8"}, {"name": "Till 8"}),
        ({"description": ""}, {"description": None}),
        ({"expiration": "never"}, {"expiration": "never"}),
        ({"expiration": "2098-01-31T11:00:00+01:00"}, {"expiration": "2098-01-31T10:00:00.000Z"}),
    ],
)
def test_it_changes_what_is_given_and_leaves_the_rest(
    admin: Client, key_url: str, body: dict[str, str], changed: dict[str, str | None]
) -> None:
    before = admin.get(key_url).json()
    assert post(admin, key_url, body).json() == before | changed
    assert admin.get(key_url).json() == before | changed


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": " "},
        {"name": "x" * 65},
        {"description": "x" * 257},
        {"expiration": "2020-01-31T10:00:00Z"},
        {"expiration": 0},
        {"role": "admin"},
        {"prefix": "x"},
    ],
)
def test_it_refuses_a_bad_field_and_changes_nothing(
    admin: Client, key_url: str, body: dict[str, object]
) -> None:
    before = admin.get(key_url).json()
    bad(post(admin, key_url, {"description": "new"} | body))
    assert admin.get(key_url).json() == before


def test_it_brings_an_expired_key_back_within_the_limit(admin: Client, payroll: CreatedKey) -> None:
    let_expire(payroll.key)
    for _ in range(9):
        make_key(payroll.key.tenant)
    fault(post(admin, address(payroll), {"expiration": "never"}), 400, "IR_16")
    admin.delete(address(ApiKey.objects.exclude(name__in=["Payroll", "Back office"])[0]))
    assert post(admin, address(payroll), {"expiration": "never"}).json()["expiration"] == "never"


def test_it_renames_an_expired_key_without_bringing_it_back(
    admin: Client, admin_key: CreatedKey
) -> None:
    expired = make_expired_key(admin_key.key.tenant)
    assert post(admin, address(expired), {"name": "Old"}).json()["name"] == "Old"
    expired.key.refresh_from_db()
    assert expired.key.expires_at is not None


def test_a_name_may_repeat(admin: Client, url: str) -> None:
    names = [post(admin, url, CREATE).json()["name"] for _ in range(2)]
    assert names == ["Till 7", "Till 7"]
