"""Does this credential pass, now? The one place that decides it.

REST sign-in asks here, and so do the gateway, tokens and introspection. One SELECT a check, on
the primary, with no cache of any kind: status, expiry, role and access are read each time.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import F
from django.db.models.functions import Now

from apikeys.credentials import ClientSecret
from apikeys.models import AccessState, ApiKey, KeyUsage, PlatformKey
from apikeys.rules import LAST_USE_PRECISION
from apikeys.services.peppers import configured_peppers


class Denial(StrEnum):
    """Why a well-formed credential does not pass."""

    UNAUTHENTICATED = "unauthenticated"
    """Unknown key, wrong secret and revoked key: one answer, in the same time."""
    KEY_EXPIRED = "key_expired"
    """Only for who has proved the right secret."""
    ACCESS_SUSPENDED = "access_suspended"
    """Only for who has proved the right secret."""


@dataclass(frozen=True, slots=True)
class Denied:
    """The credential does not pass."""

    reason: Denial


@dataclass(frozen=True, slots=True)
class Passed:
    """The credential passes at this moment."""

    key: ApiKey


@dataclass(frozen=True, slots=True)
class PassedForPlatform:
    """The credential is a platform key's and passes at this moment."""

    key: PlatformKey


def verify_secret(secret: ClientSecret, *, address: str | None) -> Passed | Denied:
    """Check a client secret against the database as it is now, and note the key's use.

    A key that is unknown, revoked or matched by another secret costs the same work and gives
    the same answer. `address` is where the request came from.
    """
    key = proved_key(secret)
    if key is None:
        return Denied(Denial.UNAUTHENTICATED)
    if key.tenant.api_access.state != AccessState.ENABLED:
        return Denied(Denial.ACCESS_SUSPENDED)
    now: datetime = key.checked_at  # type: ignore[attr-defined]  # annotated in _read
    if key.expires_at is not None and key.expires_at <= now:
        return Denied(Denial.KEY_EXPIRED)
    if key.pepper_number != configured_peppers().current:
        _upgrade(key, secret)
    _note_use(key, now, address)
    return Passed(key)


def verify_with_platform_keys(
    secret: ClientSecret, *, address: str | None
) -> Passed | PassedForPlatform | Denied:
    """`verify_secret`, and a platform key passes too: for what serves the platform, on purpose.

    A key of a tenant costs no query more. Whatever proves no key costs the same work in both
    tables, be it unknown, wrong or revoked. The use of a platform key is not noted.
    """
    outcome = verify_secret(secret, address=address)
    if outcome != Denied(Denial.UNAUTHENTICATED):
        return outcome
    key = proved_platform_key(secret)
    if key is None:
        return outcome
    if key.pepper_number != configured_peppers().current:
        _upgrade(key, secret)
    return PassedForPlatform(key)


def proved_platform_key(secret: ClientSecret) -> PlatformKey | None:
    """The platform key that `secret` belongs to; None for unknown, wrong and revoked alike."""
    key = PlatformKey.objects.filter(client_id=secret.client_id).first()
    stored = key.stored_verifier if key is not None else None
    return key if configured_peppers().matches(secret, stored) else None


def proved_key(secret: ClientSecret) -> ApiKey | None:
    """The key that `secret` belongs to, whether or not it would pass; this is no use of it.

    None for an unknown key, a wrong secret and a revoked key, after the same work for each.
    """
    key = _read(secret.client_id)
    stored = key.stored_verifier if key is not None else None
    return key if configured_peppers().matches(secret, stored) else None


def _read(client_id: str) -> ApiKey | None:
    return (
        ApiKey.objects.filter(client_id=client_id)
        .select_related("tenant__api_access")
        .annotate(checked_at=Now(), used_at=F("usage__last_used_at"))
        .first()
    )


def _upgrade(key: ApiKey | PlatformKey, secret: ClientSecret) -> None:
    """Move the verifier to the current pepper, unless the key changed meanwhile."""
    verifier = configured_peppers().verifier(secret)
    keys = type(key)._default_manager
    keys.filter(pk=key.pk, pepper_number=key.pepper_number, revoked_at=None).update(
        verifier=verifier.digest, pepper_number=verifier.pepper_number
    )


def _note_use(key: ApiKey, now: datetime, address: str | None) -> None:
    used_at: datetime | None = key.used_at  # type: ignore[attr-defined]  # annotated in _read
    if used_at is None or now - used_at >= LAST_USE_PRECISION:
        KeyUsage.objects.bulk_create(
            [KeyUsage(key=key, last_used_at=now, last_used_from=address)],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["last_used_at", "last_used_from"],
        )
