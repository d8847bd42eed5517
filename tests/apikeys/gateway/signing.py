"""How a client signs its requests (RFC 9421), written for these tests and apart from the check."""

import base64
import secrets
from dataclasses import dataclass, field, replace
from time import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apikeys.credentials import ClientSecret
from apikeys.proof.signatures import SignedRequest
from tests.served_gateway import ORIGIN

DIGEST = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
"""Of the body `{"hello": "world"}` (RFC 9530, appendix B)."""
BODY = b'{"hello": "world"}'


def signing_key(secret: ClientSecret) -> Ed25519PrivateKey:
    """What a client derives from its secret."""
    derivation = HKDF(SHA256(), 32, secret.client_id.encode(), b"request-signing/ed25519/v1")
    return Ed25519PrivateKey.from_private_bytes(derivation.derive(secret.text.encode()))


@dataclass(frozen=True)
class Signed:
    """A request about to be signed; `but` says what is otherwise than it should be."""

    secret: ClientSecret
    method: str = "GET"
    target: str = "/payments?page=2"
    headers: tuple[tuple[str, str], ...] = ()
    covered: tuple[str, ...] = ("@method", "@target-uri")
    parameters: dict[str, Any] = field(default_factory=dict)

    def but(self, **changes: Any) -> "Signed":
        """The same with other parameters of the signature; None leaves one out."""
        return replace(self, parameters=self.parameters | changes)

    def with_digest(self) -> "Signed":
        """The same with a digest of BODY, covered."""
        headers = (*self.headers, ("content-digest", DIGEST))
        return replace(self, headers=headers, covered=(*self.covered, "content-digest"))

    def pairs(self, label: str = "sig1") -> list[tuple[str, str]]:
        """The headers to send, signature included."""
        values = {"@method": self.method, "@target-uri": ORIGIN + self.target} | dict(self.headers)
        covered = " ".join(f'"{name}"' for name in self.covered)
        given = f"({covered}){self._parameters()}"
        lines = [f'"{name}": {values[name]}' for name in self.covered]
        base = "\n".join([*lines, f'"@signature-params": {given}']).encode()
        signature = base64.b64encode(signing_key(self.secret).sign(base)).decode()
        return [
            *self.headers,
            ("signature-input", f"{label}={given}"),
            ("signature", f"{label}=:{signature}:"),
        ]

    def request(self, body: bytes | None = None, **changes: Any) -> SignedRequest:
        """The request as the check sees it; `changes` come after signing."""
        pairs = tuple(self.pairs())
        return replace(SignedRequest(self.method, ORIGIN + self.target, pairs, body), **changes)

    def _parameters(self) -> str:
        usual = {
            "created": int(time()),
            "keyid": self.secret.client_id,
            "alg": "ed25519",
            "nonce": secrets.token_urlsafe(16),
            "tag": "api-key-portal",
        }
        given = usual | self.parameters
        return "".join(
            f';{name}="{value}"' if isinstance(value, str) else f";{name}={value}"
            for name, value in given.items()
            if value is not None
        )
