"""The same library, with the same algorithm, verifies RFC 9421's own example (appendix B.2.6)."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

TEST_KEY_ED25519 = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
"""
COVERED = '("date" "@method" "@path" "@authority" "content-type" "content-length")'


class Keys(HTTPSignatureKeyResolver):
    """Knows the RFC's one key."""

    def resolve_public_key(self, key_id: str) -> Any:
        assert key_id == "test-key-ed25519"
        return load_pem_public_key(TEST_KEY_ED25519)

    def resolve_private_key(self, key_id: str) -> Any:
        raise NotImplementedError


class Verifier(HTTPMessageVerifier):
    """Does not mind that the RFC's example is of 2021."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        pass


@dataclass
class Example:
    """The RFC's request."""

    method: str = "POST"
    url: str = "https://example.com/foo?param=Value&Pet=dog"
    headers: dict[str, str] = field(
        default_factory=lambda: {
            "Host": "example.com",
            "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
            "Content-Type": "application/json",
            "Content-Length": "18",
            "Signature-Input": f'sig-b26={COVERED};created=1618884473;keyid="test-key-ed25519"',
            "Signature": "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1"
            "u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
        }
    )


def verified(example: Example) -> Any:
    verifier = Verifier(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
    return verifier.verify(example, max_age=None)


def test_it_verifies_the_rfcs_example() -> None:
    assert verified(Example())[0].label == "sig-b26"


def test_it_does_not_verify_another() -> None:
    with pytest.raises(InvalidSignature):
        verified(Example(method="PUT"))
