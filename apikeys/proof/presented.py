"""Which credential a request presents: the forms of the HTTP contract, without a framework.

Works on header pairs as they came, so that what came twice is seen. What is wrong here says nothing
about any key.
"""

import base64
import binascii
from typing import NamedTuple

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
    """The request presents no single well-formed credential; `code` is the contract's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Given(NamedTuple):
    """The values of one request's credential headers."""

    secrets: tuple[str, ...]
    authorizations: tuple[str, ...]


def given(headers: Headers) -> Given:
    """Pick the credential headers; empty ones are a client's unset variables and no credential."""
    secrets = headers.get("api-key", ()) + headers.get("x-api-key", ())
    return Given(_not_empty(secrets), _not_empty(headers.get("authorization", ())))


def _not_empty(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([text for each in values if (text := each.strip())]) if values else ()


type Presented = ClientSecret | str
"""A client secret, or the text of an access token, which only its maker can read."""


def presented(
    found: Given, *, prefix: str, for_upstream: bool = False, signed: bool = False
) -> Presented | None:
    """The one credential; None for a request that is `signed` instead. Raises `Flawed`.

    `for_upstream` is for gateways: an Authorization in none of our forms is then the upstream's
    business, when another credential is there.
    """
    secrets, authorizations = found.secrets, found.authorizations
    if len(secrets) == 1 and not authorizations and not signed and "," not in secrets[0]:
        return _parse(secrets[0], prefix)  # nearly every request
    if for_upstream and (secrets or signed):
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
    value = authorization.partition(" ")[2].strip()
    match _scheme(authorization):
        case "bearer":
            return has_token_form(value) or find_secret_shape(value) is not None
        case "basic":
            return is_client_id(_pair(value)[0])
        case _:
            return False


def _from_authorization(authorization: str, prefix: str) -> Presented:
    _, _, value = authorization.partition(" ")
    match _scheme(authorization):
        case "bearer" if looks_like_token(value):
            return value.strip()
        case "bearer":
            return _parse(value.strip(), prefix)
        case "basic":
            return _from_basic(value.strip(), prefix)
        case _:
            raise Flawed("credential_malformed")


def _from_basic(value: str, prefix: str) -> ClientSecret:
    """RFC 7617: the client ID is the user, its secret the password; they must belong together."""
    client_id, text = _pair(value)
    if is_client_id(client_id) and not text:
        raise Flawed("client_id_without_secret")
    secret = _parse(text, prefix)
    if secret.client_id != client_id:
        raise Flawed("credential_malformed")
    return secret


def decoded_basic(authorization: str) -> str:
    """User and password of an Authorization by Basic; empty for every other."""
    _, _, value = authorization.partition(" ")
    return ":".join(_pair(value.strip())) if _scheme(authorization) == "basic" else ""


def _pair(value: str) -> tuple[str, str]:
    """User and password; both empty if it is no Base64 of text."""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


def _scheme(authorization: str) -> str:
    return authorization.partition(" ")[0].lower()


def _parse(text: str, prefix: str) -> ClientSecret:
    try:
        return parse_client_secret(text, prefix=prefix)
    except BadCredential as error:
        raise Flawed(error.flaw) from None
