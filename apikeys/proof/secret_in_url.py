"""A client secret in an address: it is in somebody's log already, and its owner must hear of it."""

from contextlib import suppress

from django.db import transaction

from accounts import audit
from accounts.errors import Refused
from apikeys.codes import Code
from apikeys.credentials import BadCredential, parse_client_secret
from apikeys.events import KeyEvent
from apikeys.key_actor import KeyActor
from apikeys.platform_actor import PlatformKeyActor
from apikeys.proof.decide import PepperMissing
from apikeys.proof.verify import proved_key, proved_platform_key
from apikeys.services.peppers import configured_prefix


class SecretInUrl(Refused):
    """The address of a request holds a client secret."""

    code = Code.CREDENTIAL_IN_URL

    def __init__(self) -> None:
        super().__init__(
            "An address ends up in logs, so a client secret must never be in one. "
            "Delete this key, create a new one, and send its secret in the header api-key."
        )


def record_secret_in_url(shape: str) -> None:
    """Record in its key's trail that `shape`, which is shaped like a secret, was in an address.

    Only a secret that proves itself is recorded: otherwise anybody could write there. A platform
    key is of no tenant, and so is its event.
    """
    try:
        secret = parse_client_secret(shape, prefix=configured_prefix())
    except BadCredential:
        return
    # A key whose pepper we lack cannot be told from a wrong one; the log has it.
    with suppress(PepperMissing), transaction.atomic():
        if key := proved_key(secret):
            audit.record_refused_read(KeyActor(key), KeyEvent.SECRET_IN_URL, key, SecretInUrl())
        elif of_platform := proved_platform_key(secret):
            actor = PlatformKeyActor(of_platform)
            audit.record_refused_read(actor, KeyEvent.SECRET_IN_URL, of_platform, SecretInUrl())
