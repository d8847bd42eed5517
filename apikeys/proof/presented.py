"""Which credential a request presents: the forms of the HTTP contract, without a framework.

Works on header pairs as they came, so that what came twice is seen. What is wrong here says nothing
about any key.
"""

import base64
import binascii
from typing import NamedTuple
from urllib.parse import unquote_plus

from apikeys.credentials import (
    BadCredential,
    ClientSecret,
    find_secret_shape,
    is_client_id,
    parse_client_secret,
)
from apikeys.proof.headers import Headers
from apikeys.proof.tokens import has_token_form, looks_like_token


class Flawed(Exception):
    """The request presents no single well-formed credential; `code` is the contract's.

    `detail` says more than the code does, where there is more to say.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


NOT_PLAIN = (
    "What was sent holds a character that no credential has, perhaps an invisible space that was "
    "pasted with it. Copy it again without that character."
)
BASIC_PAIR = (
    "By HTTP Basic, send the client ID as user and its client secret as password, or the client "
    "secret as user and no password."
)
_SPACE = " \t"
"""White space around a header's value (RFC 9110, 5.5). Python would strip no-break spaces too."""


class Given(NamedTuple):
    """The values of one request's credential headers."""

    secrets: tuple[str, ...]
    authorizations: tuple[str, ...]


def given(headers: Headers) -> Given:
    """Pick the credential headers; empty ones are a client's unset variables and no credential.

    So is an Authorization that has a scheme of ours and nothing behind it.
    """
    secrets = headers.get("api-key", ()) + headers.get("x-api-key", ())
    authorizations = _not_empty(headers.get("authorization", ()))
    return Given(_not_empty(secrets), tuple(filter(_says_something, authorizations)))


def _not_empty(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([text for each in values if (text := each.strip(_SPACE))]) if values else ()


def _says_something(authorization: str) -> bool:
    value = authorization.partition(" ")[2].strip(_SPACE)
    return not _ours(authorization) or value not in {"", _EMPTY_PAIR}


_EMPTY_PAIR = base64.b64encode(b":").decode()


type Presented = ClientSecret | str
"""A client secret, or the text of an access token, which only its maker can read."""


def presented(
    found: Given, *, prefix: str, foreign_allowed: bool = False, signed: bool = False
) -> Presented | None:
    """The one credential; None for a request that is `signed` instead. Raises `Flawed`.

    With `foreign_allowed` an Authorization in none of our forms is somebody else's business when
    another credential is there: the upstream's behind a gateway, a dashboard's at the merchant API.
    """
    secrets, authorizations = found.secrets, found.authorizations
    if len(secrets) == 1 and not authorizations and not signed and "," not in secrets[0]:
        return _parse(secrets[0], prefix)  # nearly every request
    if foreign_allowed and (secrets or signed):
        authorizations = tuple(filter(_in_our_form, authorizations))
    # A header sent twice may arrive as one, joined by a comma, which no form of ours contains.
    joined = any("," in value for value in secrets) or any(
        "," in value and _ours(value) for value in authorizations
    )
    if joined or len(secrets) + len(authorizations) + signed > 1:
        raise Flawed("multiple_credentials")
    if signed:
        return None
    if authorizations:
        return _from_authorization(authorizations[0], prefix)
    if not secrets:
        raise Flawed("credential_missing")
    return _parse(secrets[0], prefix)


def _ours(authorization: str) -> bool:
    return _scheme(authorization) in {"bearer", "basic"}


def _in_our_form(authorization: str) -> bool:
    """Whether this can be meant for us. A JWT, a PASETO and another service's password cannot."""
    value = authorization.partition(" ")[2].strip(_SPACE)
    match _scheme(authorization):
        case "bearer":
            return has_token_form(value) or find_secret_shape(value) is not None
        case "basic":
            user = _pair(value)[0]
            return is_client_id(user) or find_secret_shape(user) is not None
        case _:
            return False


def _from_authorization(authorization: str, prefix: str) -> Presented:
    _, _, value = authorization.partition(" ")
    match _scheme(authorization):
        case "bearer" if looks_like_token(value):
            return value.strip(_SPACE)
        case "bearer":
            return _parse(value.strip(_SPACE), prefix)
        case "basic":
            return _from_basic(value.strip(_SPACE), prefix)
        case _:
            raise Flawed("credential_malformed", "" if authorization.isascii() else NOT_PLAIN)


def _from_basic(value: str, prefix: str) -> ClientSecret:
    """RFC 7617: the client ID is the user, its secret the password; they must belong together.

    A user without a password is the secret itself, as in `curl -u "$SECRET:"`.
    """
    client_id, text = _pair(value)
    if not text:
        return _parse(client_id, prefix)
    secret = _parse(text, prefix)
    if secret.client_id != client_id:
        raise Flawed("credential_malformed", BASIC_PAIR)
    return secret


def decoded_basic(authorization: str) -> str:
    """User and password of an Authorization by Basic; empty for every other."""
    _, _, value = authorization.partition(" ")
    return ":".join(_pair(value.strip())) if _scheme(authorization) == "basic" else ""


def _pair(value: str) -> tuple[str, str]:
    """User and password; both empty if it is not Base64 of text.

    OAuth clients encode both as in a form (RFC 6749, 2.3.1). Ours hold nothing that this changes,
    so it is undone for everybody.
    """
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(user), unquote_plus(password)


def _scheme(authorization: str) -> str:
    return authorization.partition(" ")[0].lower()


def _parse(text: str, prefix: str) -> ClientSecret:
    try:
        return parse_client_secret(text, prefix=prefix)
    except BadCredential as error:
        raise Flawed(error.flaw, "" if text.isascii() else NOT_PLAIN) from None
