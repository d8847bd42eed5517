"""Clients that get no token, and who is told why."""

from collections.abc import Callable

import pytest

from accounts.models import Tenant
from apikeys.credentials import new_client_secret
from apikeys.models import AccessState, ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import headers_of, problem, wrong_secret
from tests.apikeys.rest.oauth.calls import WAYS, Answer, by_basic, by_form, by_hubpay, error
from tests.factories import (
    make_expired_key,
    make_key,
    make_revoked_key,
    put_access,
)

OAUTH_WAYS = {"basic": by_basic, "form": by_form}


def unknown(northwind: Tenant) -> tuple[CreatedKey, str]:
    """A secret that belongs to no key."""
    secret = new_client_secret("dev")
    return CreatedKey(ApiKey(client_id=secret.client_id), secret), secret.text


def wrong(northwind: Tenant) -> tuple[CreatedKey, str]:
    """A key with a secret that is not its own."""
    key = make_key(northwind)
    return key, wrong_secret(key)


def revoked(northwind: Tenant) -> tuple[CreatedKey, str]:
    """A key that was deleted, with its own secret."""
    key = make_revoked_key(northwind)
    return key, key.secret.text


@pytest.mark.parametrize("way", WAYS)
def test_unknown_wrong_and_revoked_are_alike(
    way: str, northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.middleware.secrets.token_hex", lambda _: "the-same-for-all")
    answers = [WAYS[way](*each(northwind)) for each in (unknown, wrong, revoked)]
    first = answers[0]
    assert first.status_code == 401
    for answer in answers[1:]:
        assert (answer.status_code, answer.content) == (401, first.content)
        assert headers_of(answer) == headers_of(first)


@pytest.mark.parametrize("way", OAUTH_WAYS)
def test_they_are_an_invalid_client(way: str, northwind: Tenant) -> None:
    text = error(OAUTH_WAYS[way](*unknown(northwind)), 401, "invalid_client")
    assert text == "The API key was not accepted."


def test_hubpays_form_says_it_as_a_problem(northwind: Tenant) -> None:
    problem(by_hubpay(*unknown(northwind)), 401, "unauthenticated")


def expired_key(northwind: Tenant) -> CreatedKey:
    """A key that has expired."""
    return make_expired_key(northwind)


def suspended_key(northwind: Tenant) -> CreatedKey:
    """A key whose account is suspended."""
    key = make_key(northwind)
    put_access(northwind, AccessState.SUSPENDED)
    return key


ENDED = {"expired": expired_key, "suspended": suspended_key}


@pytest.mark.parametrize("word", ENDED)
@pytest.mark.parametrize("way", OAUTH_WAYS)
def test_who_proved_the_secret_learns_the_reason(way: str, word: str, northwind: Tenant) -> None:
    text = error(OAUTH_WAYS[way](ENDED[word](northwind)), 401, "invalid_client")
    assert word in text


@pytest.mark.parametrize(
    ("make", "code"), [(expired_key, "key_expired"), (suspended_key, "access_suspended")]
)
def test_who_proved_the_secret_learns_it_in_hubpays_form(
    make: Callable[[Tenant], CreatedKey], code: str, northwind: Tenant
) -> None:
    problem(by_hubpay(make(northwind)), 401, code)


@pytest.mark.parametrize("make", ENDED.values())
@pytest.mark.parametrize("way", WAYS)
def test_who_did_not_learns_nothing(
    way: str, make: Callable[[Tenant], CreatedKey], northwind: Tenant
) -> None:
    key = make(northwind)
    answer: Answer = WAYS[way](key, wrong_secret(key))
    assert answer.status_code == 401
    assert "not accepted" in answer.content.decode()
