"""``python -m tests.benchmarks.gateway_keys COUNT``: make real keys, by the portal's own verbs.

Prints their credentials in JSON: invented keys have none that anybody knows. A process of its own,
since the database is that of its environment.
"""

# ruff: noqa: PLC0415 - models and settings need Django set up

import json
import sys
import time
from dataclasses import asdict, dataclass

import django

REVOKED = 100
KEYS_PER_TENANT = 10
"""As many as a tenant may have, so the keys belong to many tenants."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What clients of one database hold."""

    secrets: list[str]
    tokens: list[str]
    """Of the same keys, in the same order; good for an hour."""
    wrong: list[str]
    """Well-formed secrets with the client IDs of existing keys, and other random parts."""
    revoked: list[str]
    unknown: list[str]
    """Well-formed secrets of no key."""


def make(count: int) -> Credentials:
    """`count` keys that pass, and credentials that do not."""
    from apikeys.credentials import CHECKSUM, checksum, new_client_secret
    from apikeys.proof.tokens import issue_token
    from apikeys.services.peppers import configured_peppers, configured_prefix
    from tests.factories import make_key, make_revoked_key, make_tenant

    good, revoked = [], []
    for _ in range(count // KEYS_PER_TENANT):
        tenant = make_tenant()
        good += [make_key(tenant).secret for _ in range(KEYS_PER_TENANT)]
    for _ in range(REVOKED // KEYS_PER_TENANT):
        tenant = make_tenant()
        revoked += [make_revoked_key(tenant).secret for _ in range(KEYS_PER_TENANT)]
    prefix, peppers, now = configured_prefix(), configured_peppers(), int(time.time())
    unknown = [new_client_secret(prefix) for _ in revoked]
    wrong = []
    for key, other in zip(good, unknown, strict=False):
        body = key.client_id + other.text[len(other.client_id) : -CHECKSUM]
        wrong.append(body + checksum(body))
    return Credentials(
        secrets=[secret.text for secret in good],
        tokens=[issue_token(secret.client_id, now, peppers) for secret in good],
        wrong=wrong,
        revoked=[secret.text for secret in revoked],
        unknown=[secret.text for secret in unknown],
    )


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(asdict(make(int(sys.argv[1])))))
