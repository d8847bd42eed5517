"""Signed requests: RFC 9421 with Ed25519, as the HTTP contract narrows it ("Signed requests").

The client derives its signing key from the client secret, which then never travels; the platform
keeps the public key alone. Parsing, the signature base and the check are those of the
`http-message-signatures` library; what is ours is which signatures we take.
"""

import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature as DoesNotFit
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from apikeys.credentials import is_client_id

TAG = "api-key-portal"
AGE_MAX = 300
"""Seconds after which a signature is too old."""
AHEAD_MAX = 5
"""Seconds by which the client's clock may be ahead."""
NONCE_MAX = 64
"""Characters of a nonce."""
HEADERS_MAX = 2048
"""Characters of Signature and Signature-Input together, of which ours takes some 400.

The library takes milliseconds to read much more, and anybody could have it do that.
"""
BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
"""Methods whose signature need not cover a Content-Digest."""
_KEYID = re.compile(r';\ *keyid="([^"\\]*)"')


class BadSignature(Exception):
    """The request's signature is not one that we take; `code` is the contract's."""

    def __init__(self, code: str = "signature_invalid", detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as its client signed it: `url` is the absolute one, under the public origin."""

    method: str
    url: str
    header_pairs: tuple[tuple[str, str], ...]
    body: bytes | None = None
    """None where only somebody else can see it: the gateway's upstream."""

    @property
    def headers(self) -> "_Pairs":
        """What the library asks for."""
        return _Pairs(self.header_pairs)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that holds. Its nonce must still be new."""

    client_id: str
    created: int
    """Seconds since 1970, by the client's clock."""
    nonce: str

    @property
    def nonce_digest(self) -> bytes:
        """What is stored of the nonce: its SHA-256."""
        return sha256(self.nonce.encode()).digest()


def is_signed(names: Container[str]) -> bool:
    """Whether a request with these header names, in lower case, presents a signature."""
    return "signature" in names or "signature-input" in names


def claimed_client_id(inputs: Iterable[str]) -> str | None:
    """The first keyid in the values of Signature-Input, if it is a client ID.

    Only a hint of which key will be asked for, to have it at hand: what counts is what the library
    reads.
    """
    for value in inputs:
        found = _KEYID.search(value)
        if found:
            return found[1] if is_client_id(found[1]) else None
    return None


def checked_signature(
    request: SignedRequest, now: float, find: Callable[[str], bytes | None]
) -> Signature:
    """The request's one signature, or `BadSignature`.

    `find` gives the public key of a client ID, or None. A key that is unknown or revoked and a
    signature that is wrong are one and the same, in the same time.
    """
    _require_readable(request)
    keys = _Keys(find)
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=keys)
    required = ["@method", "@target-uri"]
    if request.method not in BODILESS:
        required.append("content-digest")
    try:
        results = verifier.verify(request, max_age=None, require_components=required)
    except (InvalidSignature, HTTPMessageSignaturesException) as error:
        if keys.failure is not None:
            raise keys.failure from None
        if verifier.wrong:
            raise BadSignature(detail=f"{verifier.wrong} {_REQUIRED}") from None
        if not _does_not_fit(error):
            raise BadSignature(detail=f"{_not_covered(request, required)}{_REQUIRED}") from None
        raise BadSignature(detail=_differs(request)) from None
    parameters = results[0].parameters
    _require_times(parameters, now)
    if request.body is not None:
        if request.body and request.method == "DELETE":
            raise BadSignature(detail="A signed DELETE has no body.")
        _require_digest(verifier, request, request.body, results)
    return Signature(str(parameters["keyid"]), int(parameters["created"]), str(parameters["nonce"]))


def _require_readable(request: SignedRequest) -> None:
    """Refuse, at no cost, what cannot be ours."""
    inputs = [value for name, value in request.header_pairs if name == "signature-input"]
    signatures = [value for name, value in request.header_pairs if name == "signature"]
    if sum(map(len, inputs + signatures)) > HEADERS_MAX:
        raise BadSignature(
            detail=f"Signature and Signature-Input have at most {HEADERS_MAX} characters together."
        )
    if claimed_client_id(inputs) is None:
        raise BadSignature(detail=_REQUIRED)
    if "#" in request.url:  # no part of @target-uri, and some upstreams take it for one of the path
        raise BadSignature(detail=_differs(request))


_REQUIRED = (
    f'Send exactly one signature with tag="{TAG}", alg="ed25519", keyid, created and nonce, over '
    '"@method", "@target-uri" and, when there is a body, "content-digest".'
)


def _differs(request: SignedRequest) -> str:
    return (
        "The signature does not fit: the key is unknown or was deleted, its secret is another, or "
        "the request differs from the one that was signed (method, address or Content-Digest). "
        f'Here "@method" is {request.method}, and "@target-uri" starts with {_origin(request)}.'
    )


def _origin(request: SignedRequest) -> str:
    return "/".join(request.url.split("/")[:3])


def _not_covered(request: SignedRequest, required: Iterable[str]) -> str:
    """Which part the signature leaves out, as a sentence with a space; empty if that is unclear."""
    inputs = " ".join(value for name, value in request.header_pairs if name == "signature-input")
    covered = inputs.partition(")")[0]
    missing = [f'"{part}"' for part in required if f'"{part}"' not in covered]
    return f"The signature does not cover {' and '.join(missing)}. " if missing else ""


class _Pairs:
    """Header pairs, all of them and in order, as a mapping's items."""

    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        self._pairs = pairs

    def items(self) -> tuple[tuple[str, str], ...]:
        return self._pairs


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, find: Callable[[str], bytes | None]) -> None:
        self._find = find
        self.failure: Exception | None = None
        """Why `find` could not say. The library would call it a bad signature."""

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        if not is_client_id(key_id):
            raise InvalidSignature("keyid is no client ID")
        try:
            public_key = self._find(key_id)
        except Exception as failure:
            self.failure = failure
            raise
        # The work of a check is done for an unknown key too, and no signature fits this one.
        return Ed25519PublicKey.from_public_bytes(public_key or _NOBODYS_KEY)

    def resolve_private_key(self, key_id: str) -> Any:
        raise NotImplementedError


class _Verifier(HTTPMessageVerifier):
    """Takes our one form of signature; the times are judged once the signature holds."""

    wrong = ""
    """What is wrong with the parameters, as a sentence."""

    def validate_created_and_expires(
        self, sig_input: Any, max_age: timedelta | None = None
    ) -> None:
        parameters = sig_input.params
        nonce = parameters.get("nonce")
        if parameters.get("tag") != TAG:
            self.wrong = "The parameter tag is missing or another."
        elif parameters.get("alg") != "ed25519":
            self.wrong = "The parameter alg is missing or another."
        elif "created" not in parameters:
            self.wrong = "The parameter created is missing."
        elif not isinstance(nonce, str) or not 0 < len(nonce) <= NONCE_MAX:
            self.wrong = f"The parameter nonce is missing or not 1 to {NONCE_MAX} characters long."
        if self.wrong:
            raise InvalidSignature(self.wrong)


def _require_times(parameters: dict[str, Any], now: float) -> None:
    created = parameters["created"]
    if created > now + AHEAD_MAX:
        detail = f"created is {int(created - now)} s in the future: set the client's clock."
        raise BadSignature("signature_expired", detail)
    if created < now - AGE_MAX or parameters.get("expires", now) < now:
        raise BadSignature("signature_expired", f"A signature is good for {AGE_MAX} s. Sign anew.")


def _require_digest(verifier: _Verifier, request: SignedRequest, body: bytes, results: Any) -> None:
    try:
        verifier.verify_body(request, results, body)
    except (InvalidSignature, HTTPMessageSignaturesException):
        detail = "The body is not the one whose Content-Digest was signed."
        raise BadSignature(detail=detail) from None


def _does_not_fit(error: Exception) -> bool:
    """Whether the signature itself did not fit, with everything else in order."""
    return isinstance(error.__cause__, DoesNotFit)


_NOBODYS_KEY = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
"""Its private key is forgotten with this line: no signature fits."""
