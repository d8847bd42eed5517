"""What client IDs and client secrets look like."""

import math
import re

import pytest

from accounts.public_ids import BASE62
from apikeys.credentials import (
    CLIENT_ID_MAX,
    SECRET_RANDOM,
    BadCredential,
    Flaw,
    is_client_id,
    new_client_secret,
    parse_client_secret,
    valid_prefix,
)

LONGEST_PREFIX = "p" * 32


def test_it_names_its_client_id_and_carries_43_random_characters_and_6_of_checksum() -> None:
    secret = new_client_secret("snd")
    assert re.fullmatch(r"snd_[0-9A-Za-z]{20}_[0-9A-Za-z]{43}[0-9A-Za-z]{6}", secret.text)
    assert secret.text.startswith(f"{secret.client_id}_")
    assert is_client_id(secret.client_id)


def test_it_carries_256_random_bits() -> None:
    assert SECRET_RANDOM * math.log2(len(set(BASE62))) >= 256
    drawn = [new_client_secret("dev").text[25 : 25 + SECRET_RANDOM] for _ in range(2000)]
    assert all(set(place) == set(BASE62) for place in zip(*drawn, strict=True))


def test_it_reads_what_it_made() -> None:
    secret = new_client_secret("dev")
    assert parse_client_secret(secret.text, prefix="dev") == secret


@pytest.mark.parametrize("prefix", ["x", "dev", LONGEST_PREFIX])
def test_it_shows_nothing_of_the_random_part_in_the_display_prefix(prefix: str) -> None:
    secret = new_client_secret(prefix)
    assert len(secret.prefix) == 12
    assert secret.client_id.startswith(secret.prefix)


def test_it_keeps_client_ids_within_64_characters() -> None:
    assert len(new_client_secret(LONGEST_PREFIX).client_id) <= CLIENT_ID_MAX == 64


@pytest.mark.parametrize("prefix", ["", "p" * 33, "a_b", "a-b", "é", "dev\n", " dev"])
def test_it_refuses_prefixes_that_would_break_the_form(prefix: str) -> None:
    assert not valid_prefix(prefix)


def _flaw(text: str) -> Flaw:
    with pytest.raises(BadCredential) as caught:
        parse_client_secret(text, prefix="dev")
    assert text not in repr(caught.value) or not text
    return caught.value.flaw


def test_it_says_that_a_client_id_is_no_secret() -> None:
    assert _flaw(new_client_secret("dev").client_id) == Flaw.CLIENT_ID_ONLY


def test_it_says_that_a_secret_is_of_another_environment() -> None:
    assert _flaw(new_client_secret("prd").text) == Flaw.WRONG_ENVIRONMENT


@pytest.mark.parametrize("text", ["", "dev", "dev__", "é" * 60, "\ud800", "dev_" + "1" * 500])
def test_it_calls_anything_else_malformed(text: str) -> None:
    assert _flaw(text) == Flaw.MALFORMED


@pytest.mark.parametrize("around", ["{} ", " {}", "{}\n", "{}\0", "Bearer {}"])
def test_it_takes_the_secret_alone_with_nothing_around_it(around: str) -> None:
    assert _flaw(around.format(new_client_secret("dev").text)) == Flaw.MALFORMED


def test_it_shows_no_secret_in_any_representation() -> None:
    secret = new_client_secret("dev")
    shown = f"{secret!r} {secret} {[secret]} {BadCredential(Flaw.MALFORMED)!r}"
    assert secret.client_id in shown
    assert secret.text[25:] not in shown
