"""May this credential pass, now? One pure function for all who ask.

These are the gateway's unit, both REST APIs, the requests for tokens, and introspection. Each reads
the key in its own way, at that moment and on the primary; nothing is remembered between requests.
"""

from typing import NamedTuple, Protocol

import structlog

from accounts.errors import Refused
from apikeys.codes import Code
from apikeys.credentials import ClientSecret, Peppers, Verifier
from apikeys.proof.tokens import AccessToken

log = structlog.get_logger(__name__)

NOT_PROVED = frozenset(
    {Code.UNAUTHENTICATED, Code.TOKEN_EXPIRED, Code.SIGNATURE_INVALID, Code.NONCE_REUSED}
)
"""The answers to callers who have not shown that the key is theirs. All others count as a use."""


class KeyState(Protocol):
    """What the database says at this moment of a key that was not revoked."""

    @property
    def stored(self) -> Verifier:
        """What a secret must match."""

    @property
    def access_enabled(self) -> bool:
        """Whether API access of the key's tenant is enabled."""

    @property
    def unexpired(self) -> bool:
        """Whether the key's expiration lies ahead, or it has none."""

    @property
    def now(self) -> float:
        """The database's time, in seconds since 1970."""


class Signed(NamedTuple):
    """A signature that fits the request and the key's public key."""

    nonce_is_new: bool


type Shown = ClientSecret | AccessToken | Signed


class PepperMissing(Refused):
    """This process lacks the pepper of a key's verifier, so it cannot tell whether a secret fits.

    That is our misconfiguration and not a wrong secret: another process knows the pepper and has
    moved the key to it. Whoever raises this has written it to the log.
    """

    code = Code.UNAVAILABLE
    audited = False

    def __init__(self, number: int) -> None:
        super().__init__("Nothing was changed. Repeat the request in a moment.")
        log.error("pepper_missing", number=number)


def refusal(shown: Shown, state: KeyState | None, peppers: Peppers) -> Code | None:
    """Why the credential does not pass; None when it passes. Raises `PepperMissing`.

    `state` is of the key that the credential names; None when it is unknown or revoked. Unknown,
    revoked and wrong have one answer, after the same work.
    """
    unproved = _unproved(shown, state, peppers)
    if unproved is not None or state is None:
        return unproved or Code.UNAUTHENTICATED
    if not state.access_enabled:
        return Code.ACCESS_SUSPENDED
    return None if state.unexpired else Code.KEY_EXPIRED


def _unproved(shown: Shown, state: KeyState | None, peppers: Peppers) -> Code | None:
    """Why this does not show that the key is the caller's; None when it does."""
    match shown:
        case ClientSecret():
            proved = fits(shown, state.stored if state else None, peppers)
            return None if proved else Code.UNAUTHENTICATED
        case AccessToken() if state is not None and shown.expires_at <= state.now:
            return Code.TOKEN_EXPIRED
        case Signed() if state is None:
            return Code.SIGNATURE_INVALID
        case Signed() if not shown.nonce_is_new:
            return Code.NONCE_REUSED
    return None


def fits(secret: ClientSecret, stored: Verifier | None, peppers: Peppers) -> bool:
    """Whether `stored` was made of this secret. Raises `PepperMissing`.

    None stands for a key that is unknown or revoked: the same work is done, and the answer is no.
    """
    if stored is not None and stored.pepper_number not in peppers:
        raise PepperMissing(stored.pepper_number)
    return peppers.matches(secret, stored)
