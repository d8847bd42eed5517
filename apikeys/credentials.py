"""Client IDs and client secrets: make, parse, checksum, hash, match.

The forms are those of the HTTP contract ("Credentials"). No Django here: the gateway uses this
module on every payment request.

    client ID   <prefix>_<20 base62>
    secret      <client ID>_<43 base62><6 base62>     256 random bits, then a CRC32 of all before
"""

import hmac
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from accounts.public_ids import BASE62, random_base62

CLIENT_ID_RANDOM = 20
SECRET_RANDOM = 43
"""43 base62 characters carry 256 bits."""
CHECKSUM = 6
"""6 base62 characters hold any CRC32."""
CLIENT_ID_MAX = 64
DISPLAY_PREFIX = 12
"""How much of the secret may be shown again: the start of the client ID, nothing random of it."""
SIGNING_INFO = b"request-signing/ed25519/v1"

_CLIENT_ID = re.compile(rf"\A([0-9A-Za-z]{{1,32}})_[0-9A-Za-z]{{{CLIENT_ID_RANDOM}}}\Z")
_SECRET = re.compile(
    rf"\A(([0-9A-Za-z]{{1,32}})_[0-9A-Za-z]{{{CLIENT_ID_RANDOM}}})"
    rf"_[0-9A-Za-z]{{{SECRET_RANDOM + CHECKSUM}}}\Z"
)
_SECRET_SHAPE = re.compile(
    rf"[0-9A-Za-z]{{1,32}}_[0-9A-Za-z]{{{CLIENT_ID_RANDOM}}}"
    rf"_[0-9A-Za-z]{{{SECRET_RANDOM + CHECKSUM}}}"
)
_SHAPE_MIN = 3 + CLIENT_ID_RANDOM + SECRET_RANDOM + CHECKSUM
_PAIRS = [first + second for first in BASE62 for second in BASE62]
_PREFIX = re.compile(r"\A[0-9A-Za-z]{1,32}\Z")


class Flaw(StrEnum):
    """What can be wrong with a credential without looking at any key."""

    MALFORMED = "credential_malformed"
    CLIENT_ID_ONLY = "client_id_without_secret"
    WRONG_ENVIRONMENT = "wrong_environment"


class BadCredential(ValueError):
    """The text is not a client secret of this environment.

    `flaw` says why. The text itself is not kept.
    """

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(str(flaw))
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A well-formed client secret. Its text appears in no representation."""

    client_id: str
    text: str = field(repr=False)

    @property
    def prefix(self) -> str:
        """What lists and answers may show of the secret."""
        return self.text[:DISPLAY_PREFIX]


class Verifier(NamedTuple):
    """What the database keeps instead of a secret: an HMAC, and which pepper made it."""

    digest: bytes
    pepper_number: int

    def __repr__(self) -> str:
        """The number of the pepper, without the HMAC."""
        return f"Verifier(pepper_number={self.pepper_number})"


class Peppers:
    """The numbered keys of the verifiers; one of them makes new ones."""

    def __init__(self, peppers: Mapping[int, bytes], current: int | None = None) -> None:
        """`current` makes new verifiers; by default the highest number does."""
        if not peppers:
            raise ValueError("At least one pepper is needed.")
        # Keyed once and copied for each message: a third of the time of keying each anew.
        self._keyed = {number: HMAC(pepper, SHA256()) for number, pepper in peppers.items()}
        self._derived: dict[tuple[bytes, int], HMAC] = {}
        self.current = max(peppers) if current is None else current

    def __contains__(self, number: int) -> bool:
        return number in self._keyed

    def verifier(self, secret: ClientSecret, number: int | None = None) -> Verifier:
        """HMAC-SHA-256 of the secret under pepper `number`, by default the current one.

        A 256-bit random secret has nothing to stretch; a slow hash would only cost the gateway
        its speed. KeyError for a pepper that is not configured.
        """
        number = self.current if number is None else number
        return Verifier(self._digest(secret, number), number)

    def matches(self, secret: ClientSecret, stored: Verifier | None) -> bool:
        """Whether `secret` is the one `stored` was made of, in the same time for every answer.

        None stands for a key that does not exist or has no verifier any more: the same work is
        done, and the answer is no.
        """
        if stored is None or stored.pepper_number not in self._keyed:
            hmac.compare_digest(self._digest(secret, self.current), bytes(32))
            return False
        return hmac.compare_digest(self._digest(secret, stored.pepper_number), stored.digest)

    def _digest(self, secret: ClientSecret, number: int) -> bytes:
        return _mac(self._keyed[number], secret.text.encode())

    def derived_mac(self, purpose: bytes, text: bytes, number: int) -> bytes:
        """HMAC-SHA-256 of `text` under a key derived from pepper `number` for one purpose.

        KeyError for a pepper that is not configured.
        """
        keyed = self._derived.get((purpose, number))
        if keyed is None:
            keyed = HMAC(_mac(self._keyed[number], purpose), SHA256())
            self._derived[purpose, number] = keyed
        return _mac(keyed, text)


def _mac(keyed: HMAC, message: bytes) -> bytes:
    mac = keyed.copy()
    mac.update(message)
    return mac.finalize()


def valid_prefix(prefix: str) -> bool:
    """Whether `prefix` can stand before the underscore of a client ID."""
    return _PREFIX.fullmatch(prefix) is not None


def is_client_id(text: str) -> bool:
    """Whether `text` has the form of a client ID, of whichever environment."""
    return _CLIENT_ID.fullmatch(text) is not None


def find_secret_shape(text: str) -> str | None:
    """The first part of `text` that is shaped like a client secret, whatever its checksum says."""
    match = _SECRET_SHAPE.search(text) if len(text) >= _SHAPE_MIN else None
    return match[0] if match else None


def new_client_secret(prefix: str) -> ClientSecret:
    """A new client ID and its secret, from the system's random source."""
    client_id = f"{prefix}_{random_base62(CLIENT_ID_RANDOM)}"
    body = f"{client_id}_{random_base62(SECRET_RANDOM)}"
    return ClientSecret(client_id, body + checksum(body))


def parse_client_secret(text: str, *, prefix: str) -> ClientSecret:
    """Read a client secret of the environment `prefix`, without a database.

    Raises BadCredential: mistyped or cut off, a client ID where the secret belongs, or made in
    another environment. None of this says anything about any key.
    """
    match = _SECRET.match(text)
    if match is None or checksum(text[:-CHECKSUM]) != text[-CHECKSUM:]:
        raise BadCredential(Flaw.CLIENT_ID_ONLY if is_client_id(text) else Flaw.MALFORMED)
    if match[2] != prefix:
        raise BadCredential(Flaw.WRONG_ENVIRONMENT)
    return ClientSecret(match[1], text)


def checksum(text: str) -> str:
    """CRC32 of `text` as 6 base62 digits, most significant first."""
    high, low = divmod(zlib.crc32(text.encode()), len(_PAIRS))
    high, middle = divmod(high, len(_PAIRS))
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]


def signing_public_key(secret: ClientSecret) -> bytes:
    """The 32-byte Ed25519 public key of requests signed with `secret` (RFC 8032, RFC 5869).

    It can be derived at creation only, since the secret exists nowhere afterwards.
    """
    seed = HKDF(
        algorithm=SHA256(), length=32, salt=secret.client_id.encode(), info=SIGNING_INFO
    ).derive(secret.text.encode())
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
