"""Client secrets that others could read on their way: their owners must hear of it.

One in an address stands in somebody's log already; one that came without TLS could be read by
everybody in between.
"""

from contextlib import suppress

from django.conf import settings
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


class HttpsRequired(Refused):
    """A program asked without TLS."""

    code = Code.HTTPS_REQUIRED

    def __init__(self) -> None:
        super().__init__(
            f"Send requests to {settings.PORTAL_URL}. This one came without encryption, so others "
            "could read it on its way. If it held a client secret, delete that key and create a "
            "new one."
        )


_EVENTS: dict[type[Refused], KeyEvent] = {
    SecretInUrl: KeyEvent.SECRET_IN_URL,
    HttpsRequired: KeyEvent.SECRET_IN_CLEAR,
}


def record_exposed(shape: str, refusal: Refused) -> None:
    """Record in its key's trail that `shape`, which is shaped like a secret, was exposed.

    Only a secret that proves itself is recorded: otherwise anybody could write there. A platform
    key is of no tenant, and so is its event.
    """
    event = _EVENTS[type(refusal)]
    try:
        secret = parse_client_secret(shape, prefix=configured_prefix())
    except BadCredential:
        return
    # A key whose pepper we lack cannot be told from a wrong one; the log has it.
    with suppress(PepperMissing), transaction.atomic():
        if key := proved_key(secret):
            audit.record_refused_read(KeyActor(key), event, key, refusal)
        elif of_platform := proved_platform_key(secret):
            audit.record_refused_read(PlatformKeyActor(of_platform), event, of_platform, refusal)
