"""Which key asks: the credential forms of the HTTP contract ("Credentials").

What is wrong with a request alone is said plainly, since it says nothing about any key. Whether
a well-formed secret passes is `apikeys.gateway.verify`'s to decide.
"""

import base64
import binascii
from urllib.parse import unquote

import structlog
from django.db import transaction
from django.http import HttpRequest

from accounts import audit, request_context
from accounts.errors import Refused
from apikeys.api.problems import Code, Problem
from apikeys.credentials import (
    BadCredential,
    ClientSecret,
    find_secret_shape,
    is_client_id,
    parse_client_secret,
)
from apikeys.errors import ActorEnded
from apikeys.events import KeyEvent
from apikeys.gateway.verify import Denial, Denied, proved_key, verify_secret
from apikeys.key_actor import KeyActor
from apikeys.services.peppers import configured_prefix

log = structlog.get_logger(__name__)

SECRET_HEADERS = ("api-key", "X-API-Key")

DETAILS = {
    Code.CREDENTIAL_MISSING: "Send the client secret of an API key in the header api-key.",
    Code.CREDENTIAL_MALFORMED: (
        "This is no client secret: it is mistyped, cut off, or in a form that is not accepted."
    ),
    Code.CLIENT_ID_WITHOUT_SECRET: (
        "This is a client ID. Send the client secret, which was shown once, at creation."
    ),
    Code.WRONG_ENVIRONMENT: "This client secret belongs to another environment.",
    Code.MULTIPLE_CREDENTIALS: "Send exactly one credential, once.",
    Code.KEY_EXPIRED: "This key has expired. An admin of the account can extend it.",
    Code.ACCESS_SUSPENDED: "API access of this account is suspended.",
}


class SecretInUrl(Refused):
    """The address holds a client secret, so it is in somebody's log already."""

    code = Code.CREDENTIAL_IN_URL

    def __init__(self) -> None:
        super().__init__(
            "An address ends up in logs, so a client secret must never be in one. "
            "Delete this key, create a new one, and send its secret in the header api-key."
        )


def authenticate(request: HttpRequest) -> KeyActor:
    """The key whose secret the request carries. Raises `Problem` or `ActorEnded`.

    Runs outside of the operation's transaction, so that the note of the key's use does not
    stay locked while a verb waits.
    """
    outcome = verify_secret(presented_secret(request), address=request_context.current().address)
    if isinstance(outcome, Denied):
        log.info("credential_refused", code=outcome.reason)
        if outcome.reason == Denial.UNAUTHENTICATED:
            raise ActorEnded
        raise _flawed(Code(outcome.reason))
    return KeyActor(outcome.key)


def presented_secret(request: HttpRequest) -> ClientSecret:
    """The one secret in the request's headers, well-formed; else the `Problem` that it is."""
    try:
        return _read_secret(request)
    except Problem as problem:
        log.info("credential_refused", code=problem.code)
        raise


def refuse_secret_in_url(request: HttpRequest) -> None:
    """Raise `SecretInUrl` if path or query hold a client secret, or what is shaped like one.

    Recorded in the trail of the key's tenant only when the secret proves itself: otherwise
    anybody could write there.
    """
    shape = find_secret_shape(unquote(request.get_full_path()))
    if shape is None:
        return
    refusal = SecretInUrl()
    log.warning("credential_refused", code=refusal.code)
    try:
        secret = parse_client_secret(shape, prefix=configured_prefix())
    except BadCredential:
        raise refusal from None
    key = proved_key(secret)
    if key is not None:
        with transaction.atomic():
            audit.record_refusal(KeyActor(key), KeyEvent.SECRET_IN_URL, key, refusal)
    raise refusal


def _read_secret(request: HttpRequest) -> ClientSecret:
    given = [value for name in SECRET_HEADERS if (value := request.headers.get(name, "").strip())]
    authorization = request.headers.get("Authorization", "").strip()
    # A header sent twice arrives as one, joined by a comma, which no form of ours contains.
    # An empty one is a client's unset variable and no credential.
    repeated = any("," in value for value in given) or (
        "," in authorization and _scheme(authorization) in {"bearer", "basic"}
    )
    if repeated or len(given) + bool(authorization) > 1:
        raise _flawed(Code.MULTIPLE_CREDENTIALS)
    if authorization:
        return _from_authorization(authorization)
    if not given:
        raise _flawed(Code.CREDENTIAL_MISSING)
    return _parse(given[0])


def _from_authorization(authorization: str) -> ClientSecret:
    _, _, value = authorization.partition(" ")
    match _scheme(authorization):
        case "bearer":
            return _parse(value.strip())
        case "basic":
            return _from_basic(value.strip())
        case _:
            raise _flawed(Code.CREDENTIAL_MALFORMED)


def _from_basic(value: str) -> ClientSecret:
    """RFC 7617: the client ID is the user, its secret the password; they must belong together."""
    try:
        pair = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        raise _flawed(Code.CREDENTIAL_MALFORMED) from None
    client_id, _, text = pair.partition(":")
    if is_client_id(client_id) and not text:
        raise _flawed(Code.CLIENT_ID_WITHOUT_SECRET)
    secret = _parse(text)
    if secret.client_id != client_id:
        raise _flawed(Code.CREDENTIAL_MALFORMED)
    return secret


def _scheme(authorization: str) -> str:
    return authorization.partition(" ")[0].lower()


def _parse(text: str) -> ClientSecret:
    try:
        return parse_client_secret(text, prefix=configured_prefix())
    except BadCredential as error:
        raise _flawed(Code(error.flaw)) from None


def _flawed(code: Code) -> Problem:
    return Problem(code, DETAILS[code])
