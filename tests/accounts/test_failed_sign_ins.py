"""Guessing is slowed down, and a stranger's guesses lock nobody out."""

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

STRANGER, OWNER = "203.0.113.66", "203.0.113.7"


def _sign_in(email: str, password: str, address: str) -> bool:
    client = Client(REMOTE_ADDR=address)
    client.post("/accounts/login/", {"login": email, "password": password})
    return "_auth_user_id" in client.session


@pytest.fixture
def guessed(alice: User) -> User:
    """Alice, after a stranger guessed her password often."""
    for _ in range(10):
        assert not _sign_in(alice.email, "a wrong guess of hers", STRANGER)
    return alice


def test_it_stops_listening_to_who_guesses(guessed: User) -> None:
    assert not _sign_in(guessed.email, PASSWORD, STRANGER)


def test_it_lets_the_owner_in_all_the_same(guessed: User) -> None:
    assert _sign_in(guessed.email, PASSWORD, OWNER)


def test_it_does_not_mind_a_mistake_or_two(alice: User) -> None:
    assert not _sign_in(alice.email, "a wrong guess of hers", OWNER)
    assert _sign_in(alice.email, PASSWORD, OWNER)
