"""Access tokens: only this platform makes one, and nothing else can be taken for one."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.credentials import BadCredential, Peppers, new_client_secret, parse_client_secret
from apikeys.proof.tokens import LIFETIME, AccessToken, issue_token, looks_like_token, read_token

PEPPERS = Peppers({1: b"1" * 32})
ROTATED = Peppers({1: b"1" * 32, 2: b"2" * 32})
NOW = 1_800_000_000
SECRET = new_client_secret("dev")
TOKEN = issue_token(SECRET.client_id, NOW, PEPPERS)


def test_it_reads_what_it_made() -> None:
    assert read_token(TOKEN, PEPPERS) == AccessToken(SECRET.client_id, NOW + LIFETIME)


def test_it_has_the_contracts_form() -> None:
    client_id, expiry, number, mac = TOKEN.split(".")
    assert (client_id, expiry, number) == (SECRET.client_id, str(NOW + 3600), "1")
    assert len(base64.urlsafe_b64decode(mac + "=")) == 32


@pytest.mark.parametrize("part", range(4))
def test_it_sees_every_part_tampered_with(part: int) -> None:
    other = issue_token(new_client_secret("dev").client_id, NOW + 1, ROTATED).split(".")
    parts = TOKEN.split(".")
    parts[part] = other[part]
    assert read_token(".".join(parts), ROTATED) is None


@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_it_sees_every_character_changed(place: int, character: str) -> None:
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    assert (read_token(changed, PEPPERS) is None) == (changed != TOKEN)


@pytest.mark.parametrize(
    "changed",
    [TOKEN + "=", TOKEN + "\n", " " + TOKEN, TOKEN[:-1], f"{TOKEN}."],
    ids=["padding", "line break", "space", "cut off", "dot"],
)
def test_it_takes_nothing_around_it(changed: str) -> None:
    assert read_token(changed, PEPPERS) is None


def test_it_does_not_take_the_pepper_written_otherwise() -> None:
    client_id, expiry, _, mac = TOKEN.split(".")
    assert read_token(f"{client_id}.{expiry}.01.{mac}", PEPPERS) is None


def test_it_takes_no_token_of_another_pepper() -> None:
    assert read_token(TOKEN, Peppers({1: b"x" * 32})) is None
    assert read_token(TOKEN, Peppers({2: b"1" * 32})) is None


def test_it_reads_tokens_of_an_older_pepper_and_makes_them_with_the_current() -> None:
    assert read_token(TOKEN, ROTATED) is not None
    assert issue_token(SECRET.client_id, NOW, ROTATED).split(".")[2] == "2"


def test_it_is_no_verifier_under_the_pepper_itself() -> None:
    """Else a verifier read from the database would be the signature of a token."""
    text = TOKEN.rpartition(".")[0]
    assert PEPPERS.derived_mac(b"access-token/v1", text.encode(), 1) != PEPPERS.derived_mac(
        b"another purpose", text.encode(), 1
    )


def test_it_looks_like_neither_a_secret_nor_a_jwt() -> None:
    assert looks_like_token(TOKEN)
    assert not looks_like_token(SECRET.text)
    assert not looks_like_token("eyJhbGciOiJIUzI1NiJ9.e30.c2ln")
    assert read_token(SECRET.text, PEPPERS) is None
    assert not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]*", TOKEN)
    with pytest.raises(BadCredential):
        parse_client_secret(TOKEN, prefix="dev")
