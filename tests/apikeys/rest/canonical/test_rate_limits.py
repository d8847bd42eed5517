"""How often a key may ask: told with each answer, and held."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from accounts.models import RateCounter
from accounts.rate_limits import LONGEST_WINDOW, RateLimit, count_request, forget_old_counts
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import KEYS, SELF, calling, problem

RATE_LIMIT = re.compile(r'"per-key";r=(\d+);t=(\d+)')


@pytest.fixture
def three_a_window(settings: Any) -> None:
    """Three requests of a key in an hour, which no test crosses unless it starts just before."""
    settings.API_RATE_LIMIT, settings.API_RATE_WINDOW = 3, 3600


def left(answer: Any) -> int:
    found = RATE_LIMIT.fullmatch(answer["RateLimit"])
    assert found
    assert 1 <= int(found[2]) <= 3600
    return int(found[1])


@pytest.mark.usefixtures("three_a_window")
def test_it_says_how_many_requests_are_left(viewer: Client) -> None:
    answers = [viewer.get(SELF), viewer.get(f"{KEYS}?nothing=1"), viewer.get(f"{KEYS}?email=x")]
    assert [left(answer) for answer in answers] == [2, 1, 0]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"per-key";q=3;w=3600'}


@pytest.mark.usefixtures("three_a_window")
def test_one_too_many_is_refused_and_told_when_to_come_back(viewer: Client) -> None:
    for _ in range(3):
        assert viewer.get(SELF).status_code == 200
    answer = viewer.get(SELF)
    problem(answer, 429, "rate_limited")
    assert left(answer) == 0
    assert 1 <= int(answer["Retry-After"]) <= 3600


@pytest.mark.usefixtures("three_a_window")
def test_one_keys_requests_are_not_anothers(viewer: Client, admin_key: CreatedKey) -> None:
    for _ in range(4):
        viewer.get(SELF)
    assert calling(admin_key).get(SELF).status_code == 200


@pytest.mark.usefixtures("three_a_window")
def test_what_proves_no_key_counts_for_nobody(viewer: Client, payroll: CreatedKey) -> None:
    for _ in range(5):
        answer = Client(headers={"api-key": payroll.key.client_id}).get(SELF)
        assert (answer.status_code, "RateLimit" in answer) == (401, False)
    assert left(viewer.get(SELF)) == 2


def test_a_new_window_begins_anew(db: None) -> None:
    limit = RateLimit("test", 10, 60)
    assert [count_request("api:x", limit).used for _ in range(2)] == [1, 2]
    counter = RateCounter.objects.get(subject="api:x")
    RateCounter.objects.update(window_start=counter.window_start.replace(year=2020))
    assert count_request("api:x", limit).used == 1


def test_a_statement_that_was_late_does_not_bring_an_old_window_back(db: None) -> None:
    limit = RateLimit("test", 10, 60)
    count_request("api:x", limit)
    counter = RateCounter.objects.get(subject="api:x")
    ahead = counter.window_start.replace(year=2100)
    RateCounter.objects.update(window_start=ahead)
    assert count_request("api:x", limit).used == 2
    assert RateCounter.objects.get(subject="api:x").window_start == ahead


def test_a_count_is_forgotten_once_every_window_has_ended(db: None) -> None:
    count_request("api:old", RateLimit("test", 10, 60))
    RateCounter.objects.update(window_start=Now() - LONGEST_WINDOW - timedelta(seconds=1))
    count_request("api:new", RateLimit("test", 10, 60))
    assert list(forget_old_counts()) == [1]
    assert RateCounter.objects.get().subject == "api:new"


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_all_counted() -> None:
    limit = RateLimit("test", 1000, 3600)

    def ask() -> None:
        for _ in range(25):
            count_request("api:x", limit)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count_request("api:x", limit).used == 201


def test_counting_writes_no_log_of_the_database(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname='apikeys_ratecounter'")
        assert cursor.fetchone() == ("u",)
