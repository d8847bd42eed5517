"""Verifiers: HMACs of secrets under numbered peppers."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.hmac import HMAC

from apikeys import credentials
from apikeys.credentials import ClientSecret, Peppers, Verifier, new_client_secret

ONE, TWO = b"1" * 32, b"2" * 32


@pytest.fixture
def secret() -> ClientSecret:
    return new_client_secret("dev")


def test_it_matches_the_secret_that_the_verifier_was_made_of(secret: ClientSecret) -> None:
    peppers = Peppers({1: ONE})
    assert peppers.matches(secret, peppers.verifier(secret))
    assert not peppers.matches(new_client_secret("dev"), peppers.verifier(secret))


def test_it_is_hmac_sha256_of_the_whole_secret(secret: ClientSecret) -> None:
    expected = hmac.new(ONE, secret.text.encode(), hashlib.sha256).digest()
    assert Peppers({1: ONE}).verifier(secret) == Verifier(expected, 1)


def test_it_makes_new_verifiers_with_the_highest_pepper(secret: ClientSecret) -> None:
    assert Peppers({2: TWO, 1: ONE}).verifier(secret).pepper_number == 2


def test_it_makes_new_verifiers_with_the_pepper_that_is_named(secret: ClientSecret) -> None:
    assert Peppers({2: TWO, 1: ONE}, 1).verifier(secret).pepper_number == 1


def test_it_still_matches_verifiers_of_older_peppers(secret: ClientSecret) -> None:
    old = Peppers({1: ONE}).verifier(secret)
    assert Peppers({1: ONE, 2: TWO}).matches(secret, old)


def test_it_refuses_a_verifier_whose_pepper_is_gone(secret: ClientSecret) -> None:
    old = Peppers({1: ONE}).verifier(secret)
    assert not Peppers({2: TWO}).matches(secret, old)


def test_it_refuses_a_digest_under_another_peppers_number(secret: ClientSecret) -> None:
    digest = Peppers({1: ONE}).verifier(secret).digest
    assert not Peppers({1: ONE, 2: TWO}).matches(secret, Verifier(digest, 2))


def test_it_knows_no_answer_for_a_missing_pepper(secret: ClientSecret) -> None:
    with pytest.raises(KeyError):
        Peppers({1: ONE}).verifier(secret, 7)


def test_it_needs_at_least_one_pepper() -> None:
    with pytest.raises(ValueError, match="At least one"):
        Peppers({})


def test_it_shows_neither_peppers_nor_digests(secret: ClientSecret) -> None:
    peppers = Peppers({1: ONE})
    verifier = peppers.verifier(secret)
    shown = repr(peppers) + repr(verifier)
    assert str(ONE) not in shown
    assert str(verifier.digest) not in shown


@pytest.mark.parametrize("stored", ["right", "wrong", "missing", "unknown pepper"])
def test_it_does_the_same_work_for_every_answer(
    stored: str, secret: ClientSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    peppers = Peppers({1: ONE})
    verifiers = {
        "right": peppers.verifier(secret),
        "wrong": peppers.verifier(new_client_secret("dev")),
        "missing": None,
        "unknown pepper": Verifier(bytes(32), 7),
    }
    work: list[tuple[str, int]] = []

    real = credentials._mac

    def mac(keyed: HMAC, message: bytes) -> bytes:
        work.append(("mac", len(message)))
        return real(keyed, message)

    def compare_digest(one: bytes, other: bytes) -> bool:
        work.append(("compare", len(one) + len(other)))
        return one == other

    monkeypatch.setattr(credentials, "_mac", mac)
    monkeypatch.setattr(hmac, "compare_digest", compare_digest)
    assert peppers.matches(secret, verifiers[stored]) is (stored == "right")
    assert work == [("mac", len(secret.text)), ("compare", 64)]
