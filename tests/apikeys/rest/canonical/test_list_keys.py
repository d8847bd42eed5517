"""The list shows a tenant's keys, newest first, through its filters."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, Tenant
from accounts.roles import Role
from apikeys.models import ApiKey, KeyUsage
from apikeys.proof.use_log import UseLog
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import KEYS, invalid, problem
from tests.factories import make_expired_key, make_key, make_revoked_key


def names(client: Client, **query: str) -> list[str]:
    """The names that the list answers, in its order."""
    response = client.get(KEYS, query_params=query)
    assert response.status_code == 200, response.content
    return [item["name"] for item in response.json()["items"]]


@pytest.fixture
def mixed(northwind: Tenant, admin_key: CreatedKey) -> None:
    """Beside "Back office": one key of each status."""
    make_revoked_key(northwind, name="Gone")
    make_expired_key(northwind, name="Late")
    make_key(northwind, name="Till", role=Role.GL)


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, ["Till", "Back office"]),
        ({"status": "active"}, ["Till", "Back office"]),
        ({"status": "revoked"}, ["Gone"]),
        ({"status": "expired"}, ["Late"]),
        ({"status": "all"}, ["Till", "Late", "Gone", "Back office"]),
    ],
)
def test_it_filters_by_status_newest_first(
    admin: Client, status: dict[str, str], expected: list[str]
) -> None:
    assert names(admin, **status) == expected


@pytest.mark.usefixtures("mixed")
def test_it_filters_by_role(viewer: Client, admin: Client) -> None:
    assert names(viewer, role="GL") == ["Till"]
    assert names(viewer, role="GL", status="revoked") == []


def test_it_filters_by_email_in_any_case(admin: Client, payroll: CreatedKey) -> None:
    assert names(admin, email="PAYROLL@example.com") == ["Payroll"]
    assert names(admin, email="payroll") == []


@pytest.mark.parametrize("caller", ["viewer", "gl"])
def test_it_filters_by_email_only_for_who_may_read_it(
    request: pytest.FixtureRequest, payroll: CreatedKey, caller: str
) -> None:
    client: Client = request.getfixturevalue(caller)
    for email in ("payroll@example.com", "nobody@example.com"):
        denied = problem(client.get(KEYS, query_params={"email": email}), 403, "permission_denied")
        assert denied["permission"] == "read_users"
    assert AuditEvent.objects.filter(event="api.read", outcome="refused").count() == 1


def test_it_filters_by_expiration(admin: Client, northwind: Tenant) -> None:
    for year in (2090, 2095):
        make_key(northwind, name=str(year), expires_at=datetime(year, 6, 1, tzinfo=UTC))
    assert names(admin, expires_before="2095-06-01T00:00:00Z") == ["2090"]
    assert names(admin, expires_before="2095-06-01T00:00:00-00:01") == ["2095", "2090"]


def test_it_filters_by_last_use(admin: Client, northwind: Tenant, uses: UseLog) -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    for days, name in ((1, "Lately"), (-1, "Long ago")):
        key = make_key(northwind, name=name).key
        KeyUsage.objects.create(key=key, last_used_at=at + timedelta(days=days))
    make_key(northwind, name="Never")
    names(admin)
    uses.flush()  # the caller's own key was used just now
    assert names(admin, unused_since="2026-06-01T00:00:00.000Z") == ["Never", "Long ago"]


def test_an_offset_whose_plus_sign_arrives_as_a_space_is_read(admin: Client) -> None:
    assert admin.get(f"{KEYS}?expires_before=2099-01-31T10:00:00+0200").status_code == 200


def test_an_empty_parameter_counts_as_absent(admin: Client, viewer: Client) -> None:
    """Generated clients and shell scripts send one for a variable that is not set."""
    for name in ("limit", "status", "role", "cursor", "expires_before", "unused_since"):
        assert names(admin, **{name: ""}) == names(admin)
    assert invalid(viewer.get(KEYS, query_params={"other": ""})) == {"other": "unknown_field"}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "-1"},
        {"limit": "1_0"},
        {"limit": "1.0"},
        {"limit": " 1"},
        {"limit": "\u0661"},
        {"limit": "9" * 5000},
        {"status": "Active"},
        {"role": "owner"},
        {"expires_before": "2026-06-01"},
        {"expires_before": "2026-06-01T00:00:00"},
        {"unused_since": "yesterday"},
    ],
)
def test_it_refuses_a_bad_parameter_by_name(viewer: Client, query: dict[str, str]) -> None:
    assert list(invalid(viewer.get(KEYS, query_params=query))) == list(query)


def test_it_refuses_an_unknown_parameter(viewer: Client) -> None:
    assert invalid(viewer.get(f"{KEYS}?sort=name")) == {"sort": "unknown_field"}
    assert invalid(viewer.get(f"{KEYS}?offset=1&Limit=1")) == {
        "offset": "unknown_field",
        "Limit": "unknown_field",
    }


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("limit=1&limit=1", {"limit": "repeated"}),
        ("role=%ff", {"": "malformed"}),
        ("role=\u00e9", {"": "malformed"}),
        ("email=%00", {"email": "invalid_text"}),
        ("%00=1", {"\0": "invalid_text"}),
        ("&".join(f"a{n}=1" for n in range(21)), {"": "malformed"}),
    ],
)
def test_it_refuses_a_query_that_reads_two_ways(
    admin: Client, query: str, errors: dict[str, str]
) -> None:
    response = admin.get(KEYS, QUERY_STRING=query)
    assert invalid(response) == errors


def test_it_costs_the_same_queries_for_one_key_and_ten(
    admin: Client, northwind: Tenant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    admin.get(KEYS)  # notes the use, which the next minute does not repeat
    for _ in range(9):
        make_key(northwind)
    # The check of the key, the count of its requests, the page.
    with django_assert_num_queries(3):
        assert len(admin.get(KEYS).json()["items"]) == 10
    assert ApiKey.objects.count() == 10
