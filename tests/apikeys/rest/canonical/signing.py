"""A signer of requests that can also do everything wrong; made apart from the portal's code."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apikeys.credentials import ClientSecret
from apikeys.services.keys import CreatedKey


@dataclass(frozen=True)
class Signer:
    """How a request is signed; `parameters` replace or, when None, leave out the right ones."""

    secret: ClientSecret
    parameters: dict[str, Any] = field(default_factory=dict)
    covered: tuple[str, ...] | None = None
    label: str = "sig"

    def but(self, **parameters: Any) -> "Signer":
        """The same with other parameters."""
        return replace(self, parameters=self.parameters | parameters)

    def headers(self, method: str, url: str, body: bytes | None = None) -> dict[str, str]:
        """The headers that sign this."""
        values = {"@method": method, "@target-uri": url}
        headers = {}
        if body is not None:
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            headers["Content-Digest"] = values["content-digest"] = f"sha-256=:{digest}:"
        names = tuple(values) if self.covered is None else self.covered
        given = self._parameters(names)
        lines = [f'"{name}": {values[name]}' for name in names]
        base = "\n".join([*lines, f'"@signature-params": {given}'])
        signature = base64.b64encode(self._key().sign(base.encode())).decode()
        return headers | {
            "Signature-Input": f"{self.label}={given}",
            "Signature": f"{self.label}=:{signature}:",
        }

    def _parameters(self, names: tuple[str, ...]) -> str:
        given = {
            "created": int(time.time()),
            "keyid": self.secret.client_id,
            "alg": "ed25519",
            "nonce": secrets.token_hex(16),
            "tag": "api-key-portal",
        } | self.parameters
        covered = " ".join(f'"{name}"' for name in names)
        return f"({covered})" + "".join(
            f';{name}="{value}"' if isinstance(value, str) else f";{name}={value}"
            for name, value in given.items()
            if value is not None
        )

    def _key(self) -> Ed25519PrivateKey:
        salt = self.secret.client_id.encode()
        seed = HKDF(SHA256(), 32, salt, b"request-signing/ed25519/v1")
        return Ed25519PrivateKey.from_private_bytes(seed.derive(self.secret.text.encode()))


def signer(key: CreatedKey) -> Signer:
    """One that does it right."""
    return Signer(key.secret)


def send(
    by: Signer, method: str, url: str, body: bytes | None = None, **more: str
) -> httpx.Response:
    """Sign and send."""
    headers = {"Content-Type": "application/json"} | by.headers(method, url, body) | more
    return httpx.request(method, url, content=body, headers=headers)


def refused(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a problem."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]
