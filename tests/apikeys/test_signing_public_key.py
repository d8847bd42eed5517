"""The public key of requests signed with a secret."""

from apikeys.credentials import new_client_secret, parse_client_secret, signing_public_key

# Computed apart from this code: HKDF from HMAC calls, Ed25519 from the formulas of RFC 8032.
SECRET = f"dev_{'A' * 20}_{'B' * 43}0HdaRr"
PUBLIC_KEY = "86392a79ca46334cc945cec7adee6459dfea3aab74d6f5c856897b8d68620f5f"


def test_it_is_the_published_derivation() -> None:
    assert signing_public_key(parse_client_secret(SECRET, prefix="dev")).hex() == PUBLIC_KEY


def test_it_differs_for_every_secret() -> None:
    assert signing_public_key(new_client_secret("dev")) != signing_public_key(
        new_client_secret("dev")
    )
