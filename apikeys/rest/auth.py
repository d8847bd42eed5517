"""Which key asks: the credential forms of the HTTP contract ("Credentials").

What is wrong with a request alone is said plainly, since it says nothing about any key. Whether
a well-formed credential passes is `apikeys.proof.decide`'s to decide.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NoReturn
from urllib.parse import unquote

import structlog
from django.conf import settings
from django.http import HttpRequest

from accounts import request_context
from apikeys.codes import Code
from apikeys.credentials import (
    ClientSecret,
    find_secret_shape,
)
from apikeys.errors import ActorEnded
from apikeys.key_actor import KeyActor
from apikeys.platform_actor import PlatformKeyActor
from apikeys.proof.exposed_secrets import HttpsRequired, SecretInUrl, record_exposed
from apikeys.proof.headers import headers_of, pairs_of
from apikeys.proof.presented import Flawed, decoded_basic, given, presented
from apikeys.proof.signatures import BadSignature, SignedRequest, is_signed
from apikeys.proof.tokens import AccessToken, read_token
from apikeys.proof.verify import (
    Denied,
    Passed,
    PassedForPlatform,
    verify_secret,
    verify_signed,
    verify_token,
    verify_with_platform_keys,
)
from apikeys.rest.problems import Problem
from apikeys.rest.requests import body_of
from apikeys.services.peppers import configured_peppers, configured_prefix

log = structlog.get_logger(__name__)

NOT_ISSUED = (
    "This is no access token that was issued here: it is cut off, or of another environment. "
    "Fetch a new one."
)


type Credential = ClientSecret | AccessToken | SignedRequest


def authenticate(request: HttpRequest) -> KeyActor:
    """The key whose credential the request carries. Raises `Problem` or `ActorEnded`.

    Runs outside of the operation's transaction, so that the nonce of a signed request is used up
    whatever becomes of the operation.
    """
    return actor_of(presented_credential(request))


def authenticate_with_platform(request: HttpRequest) -> KeyActor | PlatformKeyActor:
    """The same where a platform key may ask too: at the merchant API.

    Dashboards of Hyperswitch send their own Authorization beside the api-key; it counts as absent.
    """
    return actor_with_platform(presented_credential(request, foreign_allowed=True))


def actor_with_platform(credential: Credential) -> KeyActor | PlatformKeyActor:
    """`actor_of`, and a platform key's secret makes it pass too."""
    if isinstance(credential, ClientSecret):
        address = request_context.current().address
        outcome = verify_with_platform_keys(credential, address=address)
        if isinstance(outcome, PassedForPlatform):
            return PlatformKeyActor(outcome.key)
        return _actor(outcome, credential)
    return actor_of(credential)


def actor_of(credential: Credential) -> KeyActor:
    """The key that this credential makes pass. Raises `Problem` or `ActorEnded`."""
    address = request_context.current().address
    outcome: Passed | Denied
    match credential:
        case ClientSecret():
            outcome = verify_secret(credential, address=address)
        case AccessToken():
            outcome = verify_token(credential, address=address)
        case SignedRequest():
            outcome = _verify_signed(credential, address)
    return _actor(outcome, credential)


def _actor(outcome: Passed | Denied, credential: Credential) -> KeyActor:
    if isinstance(outcome, Denied):
        log.info("credential_refused", code=outcome.reason)
        if outcome.reason == Code.UNAUTHENTICATED:
            raise ActorEnded
        raise Problem(outcome.reason)
    return KeyActor(outcome.key, by_token=isinstance(credential, AccessToken))


def presented_credential(request: HttpRequest, *, foreign_allowed: bool = False) -> Credential:
    """The one credential in the request's headers, well-formed; else the `Problem` that it is."""
    try:
        return _read_credential(request, foreign_allowed=foreign_allowed)
    except Problem as problem:
        log.info("credential_refused", code=problem.code)
        raise


def refuse_exposed(request: HttpRequest) -> None:
    """Raise `SecretInUrl` or `HttpsRequired` for what others could read on its way to us.

    That is a client secret, or what is shaped like one, in path or query, and everything that came
    without TLS where the portal's address is https.
    """
    if shape := find_secret_shape(unquote(request.get_full_path())):
        _refuse(SecretInUrl(), [shape])
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        _refuse(HttpsRequired(), _secrets_shown(request))


def _refuse(refusal: SecretInUrl | HttpsRequired, shapes: Iterable[str]) -> NoReturn:
    log.warning("credential_refused", code=refusal.code)
    for shape in shapes:
        record_exposed(shape, refusal)
    raise refusal


def _secrets_shown(request: HttpRequest) -> Iterator[str]:
    """What is shaped like a secret in the credential headers, Basic ones too, and in the body."""
    headers = given(headers_of((name.lower(), value) for name, value in request.headers.items()))
    texts = [*headers.secrets, *headers.authorizations, *map(decoded_basic, headers.authorizations)]
    with suppress(Problem):
        texts.append(body_of(request).decode("latin-1"))
    for text in texts:
        if shape := find_secret_shape(unquote(text)):
            yield shape


def _read_credential(request: HttpRequest, *, foreign_allowed: bool) -> Credential:
    headers = headers_of((name.lower(), value) for name, value in request.headers.items())
    signed = is_signed(headers)
    try:
        found = presented(
            given(headers),
            prefix=configured_prefix(),
            foreign_allowed=foreign_allowed,
            signed=signed,
        )
    except Flawed as flawed:
        raise Problem(Code(flawed.code), flawed.detail) from None
    match found:
        case ClientSecret():
            return found
        case str():
            token = read_token(found, configured_peppers())
            if token is None:
                raise Problem(Code.CREDENTIAL_MALFORMED, NOT_ISSUED)
            return token
        case None:
            # As it was sent: the decoded parts do not say which spelling the client has signed.
            target = request.META.get("REQUEST_URI") or request.get_full_path()
            return SignedRequest(
                request.method or "",
                f"{settings.PORTAL_URL}{target}",
                pairs_of(headers),
                body_of(request),
            )


def _verify_signed(request: SignedRequest, address: str | None) -> Passed | Denied:
    try:
        return verify_signed(request, address=address)
    except BadSignature as bad:
        code = Code(bad.code)
        log.info("credential_refused", code=code)
        raise Problem(code, bad.detail) from None
