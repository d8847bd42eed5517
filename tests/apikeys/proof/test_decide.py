"""The decision about a credential: each state of a key with each kind of credential."""

from typing import NamedTuple

import pytest

from apikeys.codes import Code
from apikeys.credentials import Peppers, Verifier, new_client_secret
from apikeys.proof.decide import PepperMissing, Shown, Signed, refusal
from apikeys.proof.tokens import AccessToken

NOW = 1_800_000_000
PEPPERS = Peppers({1: b"1" * 32})
SECRET = new_client_secret("dev")


class State(NamedTuple):
    """A key that passes, unless a test says otherwise."""

    stored: Verifier = PEPPERS.verifier(SECRET)
    access_enabled: bool = True
    unexpired: bool = True
    now: float = NOW


STATES = {
    "active": State(),
    "expired": State(unexpired=False),
    "suspended": State(access_enabled=False),
    "both": State(unexpired=False, access_enabled=False),
    "unknown": None,
}
GOOD: dict[str, Shown] = {
    "secret": SECRET,
    "token": AccessToken(SECRET.client_id, NOW + 1),
    "signature": Signed(nonce_is_new=True),
}
BAD: dict[str, tuple[Shown, Code]] = {
    "wrong secret": (new_client_secret("dev"), Code.UNAUTHENTICATED),
    "old token": (AccessToken(SECRET.client_id, NOW), Code.TOKEN_EXPIRED),
    "old nonce": (Signed(nonce_is_new=False), Code.NONCE_REUSED),
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("active", None),
        ("expired", Code.KEY_EXPIRED),
        ("suspended", Code.ACCESS_SUSPENDED),
        ("both", Code.ACCESS_SUSPENDED),
    ],
)
def test_it_tells_who_has_proved_the_key_why_it_does_not_pass(
    state: str, kind: str, code: Code | None
) -> None:
    assert refusal(GOOD[kind], STATES[state], PEPPERS) == code


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("state", ["active", "expired", "suspended", "both"])
def test_it_tells_nothing_of_the_key_to_who_has_not_proved_it(state: str, kind: str) -> None:
    shown, code = BAD[kind]
    assert refusal(shown, STATES[state], PEPPERS) == code


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("secret", Code.UNAUTHENTICATED),
        ("token", Code.UNAUTHENTICATED),
        ("signature", Code.SIGNATURE_INVALID),
    ],
)
def test_nothing_passes_for_a_key_that_is_unknown_or_revoked(kind: str, code: Code) -> None:
    assert refusal(GOOD[kind], None, PEPPERS) == code


@pytest.mark.parametrize("shown", [SECRET, new_client_secret("dev")], ids=["right", "wrong"])
def test_it_cannot_say_without_the_pepper_of_the_key(shown: Shown) -> None:
    with pytest.raises(PepperMissing):
        refusal(shown, State(stored=Verifier(bytes(32), 2)), PEPPERS)
