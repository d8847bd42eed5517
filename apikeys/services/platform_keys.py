"""The verbs of platform keys. Whoever holds the server makes them; no page and no API does."""

from dataclasses import dataclass

from accounts import audit
from accounts.actor import Actor, SystemActor
from accounts.clock import database_now
from accounts.services.verbs import verb
from apikeys import credentials
from apikeys.errors import ServerOnly
from apikeys.events import PlatformKeyEvent
from apikeys.models import PlatformKey, PlatformKeyKind
from apikeys.services.key_fields import FieldErrors, clean_name
from apikeys.services.peppers import configured_peppers, configured_prefix


@dataclass(frozen=True, slots=True)
class CreatedPlatformKey:
    """A new platform key and, this once, its secret."""

    key: PlatformKey
    secret: credentials.ClientSecret


@verb(PlatformKeyEvent.CREATED, about="actor")
def create_platform_key(
    *, actor: Actor, name: str, kind: PlatformKeyKind = PlatformKeyKind.MERCHANT
) -> CreatedPlatformKey:
    """Create a platform key and return it with its secret, which exists nowhere else.

    It counts towards no tenant's limit. Raises `Invalid` for the name.
    """
    _require_server(actor)
    errors = FieldErrors()
    name = clean_name(name, errors)
    errors.raise_if_any()
    secret = credentials.new_client_secret(configured_prefix())
    verifier = configured_peppers().verifier(secret)
    key = PlatformKey.objects.create(
        client_id=secret.client_id,
        secret_prefix=secret.prefix,
        name=name,
        kind=kind,
        verifier=verifier.digest,
        pepper_number=verifier.pepper_number,
        created_at=database_now(),
    )
    audit.record(actor, PlatformKeyEvent.CREATED, key, kind=str(kind))
    return CreatedPlatformKey(key, secret)


@verb(PlatformKeyEvent.REVOKED, about="key")
def revoke_platform_key(*, actor: Actor, key: PlatformKey) -> PlatformKey:
    """Stop a platform key for good; its verifier goes, the row stays. Twice changes nothing."""
    _require_server(actor)
    key = PlatformKey.objects.select_for_update(no_key=True).get(pk=key.pk)
    if key.revoked_at is not None:
        return key
    key.verifier = key.pepper_number = None
    key.revoked_at = database_now()
    key.save(update_fields=["verifier", "pepper_number", "revoked_at"])
    audit.record(actor, PlatformKeyEvent.REVOKED, key)
    return key


def _require_server(actor: Actor) -> None:
    if not isinstance(actor, SystemActor):
        raise ServerOnly
