"""The checksum tells a mistyped or cut secret apart without a database."""

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from accounts.public_ids import BASE62
from apikeys.credentials import (
    BadCredential,
    Flaw,
    checksum,
    new_client_secret,
    parse_client_secret,
)

SECRET = new_client_secret("dev").text
places = st.integers(0, len(SECRET) - 1)
# A busy machine must not fail the test.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _is_malformed(text: str) -> bool:
    with pytest.raises(BadCredential) as caught:
        parse_client_secret(text, prefix="dev")
    return caught.value.flaw == Flaw.MALFORMED


def test_it_catches_every_change_of_one_character() -> None:
    for place, right in enumerate(SECRET):
        for character in set(BASE62) - {right}:
            assert _is_malformed(SECRET[:place] + character + SECRET[place + 1 :])


@untimed
@given(place=places, character=st.characters())
def test_it_catches_a_change_to_any_character_there_is(place: int, character: str) -> None:
    assume(character != SECRET[place])
    assert _is_malformed(SECRET[:place] + character + SECRET[place + 1 :])


@untimed
@given(length=st.integers(0, len(SECRET) - 1))
@example(length=len(SECRET) - 1)
def test_it_catches_a_secret_cut_anywhere_after_its_client_id(length: int) -> None:
    assume(length != len("dev_") + 20)  # what is left is a client ID, and is called one
    assert _is_malformed(SECRET[:length])


@untimed
@given(place=st.integers(0, len(SECRET) - 2))
def test_it_catches_two_neighbours_swapped(place: int) -> None:
    one, two = SECRET[place], SECRET[place + 1]
    assume(one != two)
    assert _is_malformed(SECRET[:place] + two + one + SECRET[place + 2 :])


@pytest.mark.parametrize(("text", "expected"), [("", "000000"), ("123456789", "3jZRME")])
def test_it_is_crc32_in_base62(text: str, expected: str) -> None:
    assert checksum(text) == expected
