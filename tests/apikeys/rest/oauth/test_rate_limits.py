"""Asking for tokens counts like any request of the key."""

from typing import Any

import pytest

from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import problem, wrong_secret
from tests.apikeys.rest.oauth.calls import WAYS, by_basic, by_hubpay, error, introspect


@pytest.fixture(autouse=True)
def three_a_window(settings: Any) -> None:
    """Three requests of a key in an hour, which no test crosses unless it starts just before."""
    settings.API_RATE_LIMIT, settings.API_RATE_WINDOW = 3, 3600


def test_it_says_how_many_requests_are_left(admin_key: CreatedKey) -> None:
    answers = [WAYS[way](admin_key) for way in WAYS]
    assert [each["RateLimit"].split(";")[1] for each in answers] == ["r=2", "r=1", "r=0"]
    assert {each["RateLimit-Policy"] for each in answers} == {'"per-key";q=3;w=3600'}


def test_one_too_many_is_refused_in_each_form(admin_key: CreatedKey) -> None:
    for _ in range(3):
        by_basic(admin_key)
    refused = by_basic(admin_key)
    error(refused, 429, "temporarily_unavailable")
    assert 1 <= int(refused["Retry-After"]) <= 3600
    problem(by_hubpay(admin_key), 429, "rate_limited")
    error(introspect(admin_key, "x"), 429, "temporarily_unavailable")


def test_a_refused_introspection_counts_too(payroll: CreatedKey) -> None:
    answers = [introspect(payroll, "x") for _ in range(4)]
    assert [each.status_code for each in answers] == [403, 403, 403, 429]


def test_what_proves_no_key_counts_for_nobody(admin_key: CreatedKey) -> None:
    for _ in range(4):
        assert "RateLimit" not in by_basic(admin_key, wrong_secret(admin_key))
    assert by_basic(admin_key).status_code == 200
