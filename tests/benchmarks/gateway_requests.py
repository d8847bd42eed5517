"""The requests that a gateway sends for a check: exactly the headers of deploy/nginx."""

import base64
import secrets
import time
from collections.abc import Sequence
from functools import cache
from itertools import cycle, islice

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.benchmarks.gateway_load import raw

ORIGIN = "https://api.example.com"
TARGET = "/v1/orders/4711?expand=lines"
CLIENT, STRANGER = "192.0.2.7", "198.51.100.66"
"""Addresses that requests come from, as the gateway says."""
SETTINGS = {
    "GATEWAY_FAMILY": "nginx",
    "GATEWAY_USER_DATA_PATHS": "/users,/customers/*/contacts",
    "GATEWAY_PUBLIC_ORIGIN": ORIGIN,
}

# What clients do, from nothing but a secret and the documentation: not the portal's own code.
_INFO = b"request-signing/ed25519/v1"


def check(*credential: tuple[str, str], address: str = CLIENT) -> str:
    """A check of one credential."""
    return raw(
        "/gateway/verify",
        *credential,
        ("X-Original-Method", "GET"),
        ("X-Original-URI", TARGET),
        ("X-Real-IP", address),
        ("X-Request-Id", secrets.token_hex(16)),
    )


def with_secrets(texts: Sequence[str], address: str = CLIENT) -> list[str]:
    """A check of each client secret."""
    return [check(("api-key", text), address=address) for text in texts]


def with_tokens(texts: Sequence[str]) -> list[str]:
    """A check of each access token."""
    return [check(("Authorization", f"Bearer {text}")) for text in texts]


def signed(texts: Sequence[str], count: int) -> list[str]:
    """`count` requests signed just now by the owners of these secrets in turn, each with its nonce.

    A signature is good for five minutes and passes once.
    """
    now = int(time.time())
    return [_signed(text, now) for text in islice(cycle(texts), count)]


def _signed(text: str, now: int) -> str:
    client_id = text.rpartition("_")[0]
    parameters = (
        f'("@method" "@target-uri");created={now};keyid="{client_id}";alg="ed25519"'
        f';nonce="{secrets.token_hex(16)}";tag="api-key-portal"'
    )
    base = f'"@method": GET\n"@target-uri": {ORIGIN}{TARGET}\n"@signature-params": {parameters}'
    signature = base64.b64encode(_signing_key(text).sign(base.encode())).decode()
    return check(("Signature-Input", f"sig1={parameters}"), ("Signature", f"sig1=:{signature}:"))


@cache
def _signing_key(text: str) -> Ed25519PrivateKey:
    salt = text.rpartition("_")[0].encode()
    seed = HKDF(algorithm=SHA256(), length=32, salt=salt, info=_INFO).derive(text.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)
