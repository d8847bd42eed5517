"""Access tokens: make and read. No Django here, and no database: whether a token passes is decided
together with its key, each time it is used.

    <client ID>.<expiry>.<pepper number>.<43 of base64url>

Expiry is in seconds since 1970; the last part is an HMAC-SHA-256 of all before it, under a key that
is derived from the pepper for this purpose alone. The form can be taken neither for a client
secret, which has no dots, nor for a JWT, which has two.
"""

import base64
import hmac
import re
from dataclasses import dataclass

from apikeys.credentials import Peppers

LIFETIME = 3600
"""Seconds for which a token may be used, if its key lives as long."""
PURPOSE = b"access-token/v1"

_TOKEN = re.compile(
    r"\A(([0-9A-Za-z]{1,32}_[0-9A-Za-z]{20})\.([0-9]{10,11})\.([0-9]{1,5}))\.([0-9A-Za-z_-]{43})\Z"
)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that this platform made for `client_id`; it may have expired."""

    client_id: str
    expires_at: int
    """Seconds since 1970."""


def looks_like_token(text: str) -> bool:
    """Whether `text` can only be meant as an access token."""
    return text.count(".") == 3  # noqa: PLR2004  # the form above


def has_token_form(text: str) -> bool:
    """Whether `text` has the very form of an access token, whoever made it."""
    return _TOKEN.fullmatch(text) is not None


def issue_token(client_id: str, now: int, peppers: Peppers, *, lifetime: int = LIFETIME) -> str:
    """A token for the key `client_id`, good for `lifetime` seconds from `now`."""
    text = f"{client_id}.{now + lifetime}.{peppers.current}"
    return f"{text}.{_mac(text, peppers, peppers.current)}"


def read_token(text: str, peppers: Peppers) -> AccessToken | None:
    """The token that `text` is; None for one that this platform did not make.

    A token is not a secret of its own that could be looked up: what fits no pepper is none.
    """
    match = _TOKEN.fullmatch(text)
    if match is None or int(match[4]) not in peppers:
        return None
    if not hmac.compare_digest(_mac(match[1], peppers, int(match[4])), match[5]):
        return None
    return AccessToken(match[2], int(match[3]))


def _mac(text: str, peppers: Peppers, number: int) -> str:
    digest = peppers.derived_mac(PURPOSE, text.encode(), number)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
