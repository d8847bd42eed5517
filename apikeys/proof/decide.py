"""Does this credential pass, now? Asked by REST sign-in, for new tokens and by introspection.

The gateway's unit decides the same by `apikeys.gateway.check`, without Django's models. One SELECT
a check, on the primary, with no cache of any kind: status, expiry, role and access are read each
time. Nothing is written but the nonce of a signed request: what is noted of a use, the process's
use log writes.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from time import time
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.fixed_queries import FixedQuery, Row, RowReader, attnames
from accounts.models import Tenant
from apikeys.credentials import ClientSecret, Verifier
from apikeys.models import AccessState, ApiAccess, ApiKey, PlatformKey
from apikeys.proof.signatures import SignedRequest, checked_signature
from apikeys.proof.tokens import AccessToken
from apikeys.proof.use_log import note_upgrade, note_use
from apikeys.services.peppers import configured_peppers


class Denial(StrEnum):
    """Why a well-formed credential does not pass."""

    UNAUTHENTICATED = "unauthenticated"
    """Unknown key, wrong secret and revoked key: one answer, in the same time."""
    KEY_EXPIRED = "key_expired"
    """Only for who has proved the right secret."""
    TOKEN_EXPIRED = "token_expired"  # noqa: S105  # a code
    """Only for a token that this platform made."""
    NONCE_REUSED = "nonce_reused"
    """Only for a signature that holds."""
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
    outcome = _decide(key, address)
    if isinstance(outcome, Passed):
        _move_to_current_pepper(key, secret)
    return outcome


def verify_token(token: AccessToken, *, address: str | None) -> Passed | Denied:
    """Check an access token together with its key, as both are now; the key is used by it."""
    key = _read(token.client_id)
    if key is None or key.revoked_at is not None:
        return Denied(Denial.UNAUTHENTICATED)
    if token.expires_at <= _checked_at(key).timestamp():
        return Denied(Denial.TOKEN_EXPIRED)
    return _decide(key, address)


def key_of_token(token: AccessToken) -> ApiKey | None:
    """The key for which this token passes at this moment; None if it does not. No use of it."""
    key = _read(token.client_id)
    if key is None or key.revoked_at is not None or _denial(key) is not None:
        return None
    return key if token.expires_at > _checked_at(key).timestamp() else None


def verify_signed(request: SignedRequest, *, address: str | None) -> Passed | Denied:
    """Check a signed request, whose nonce is then used up. Raises `BadSignature`.

    Must run outside of a transaction that could still be rolled back: the nonce would be new
    again.
    """
    found: list[ApiKey] = []

    def public_key(client_id: str) -> bytes | None:
        key = _read(client_id)
        if key is None or key.public_key is None:
            return None
        found.append(key)
        return bytes(key.public_key)

    signature = checked_signature(request, time(), public_key)
    if not found:
        return Denied(Denial.UNAUTHENTICATED)
    if not _is_new(found[0], signature.nonce):
        return Denied(Denial.NONCE_REUSED)
    return _decide(found[0], address)


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
    _move_to_current_pepper(key, secret)
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
    row = _KNOWN.first(secret.client_id)
    # An object is made after the proof only: making it would tell that there is such a key.
    matches = configured_peppers().matches(secret, _stored(row) if row is not None else None)
    return _made_of(row) if matches and row is not None else None


def _decide(key: ApiKey, address: str | None) -> Passed | Denied:
    """Whether a key that has proved itself passes at this moment; if so, it was used."""
    denial = _denial(key)
    note_use(key.pk, address, accepted=denial is None)
    return Denied(denial) if denial is not None else Passed(key)


def _denial(key: ApiKey) -> Denial | None:
    if key.tenant.api_access.state != AccessState.ENABLED:
        return Denial.ACCESS_SUSPENDED
    if key.expires_at is not None and key.expires_at <= _checked_at(key):
        return Denial.KEY_EXPIRED
    return None


def _checked_at(key: ApiKey) -> datetime:
    at: datetime = key.checked_at  # type: ignore[attr-defined]  # annotated in _read
    return at


def _is_new(key: ApiKey, nonce: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_USE_NONCE, [key.pk, sha256(nonce.encode()).digest()])
        return bool(cursor.rowcount == 1)


_USE_NONCE = """
    INSERT INTO apikeys_usednonce (key_id, digest, used_at)
    VALUES (%s, %s, statement_timestamp()) ON CONFLICT DO NOTHING
"""


def _known(client_id: str) -> QuerySet[ApiKey, Row]:
    return (
        ApiKey.objects.filter(client_id=client_id)
        .annotate(checked_at=Now())
        .values_list(
            *attnames(ApiKey),
            *attnames(Tenant, "tenant__"),
            *attnames(ApiAccess, "tenant__api_access__"),
            "checked_at",
        )
    )


_KNOWN = FixedQuery(_known, "client id")
_KEY = RowReader(ApiKey)
_TENANT = RowReader(Tenant, _KEY.end)
_ACCESS = RowReader(ApiAccess, _TENANT.end)
_DIGEST, _PEPPER = map(attnames(ApiKey).index, ("verifier", "pepper_number"))


def _stored(row: Row) -> Verifier | None:
    """What to match a secret against; None once revoked."""
    digest, pepper_number = row[_DIGEST], row[_PEPPER]
    return None if digest is None else Verifier(bytes(digest), pepper_number)


def _read(client_id: str) -> ApiKey | None:
    row = _KNOWN.first(client_id)
    return _made_of(row) if row is not None else None


def _made_of(row: Row) -> ApiKey:
    """The key with its tenant, the tenant's access, and `checked_at`."""
    key: Any = _KEY.read(row)
    key.tenant = _TENANT.read(row)
    key.tenant.api_access = _ACCESS.read(row)
    (key.checked_at,) = row[_ACCESS.end :]
    known: ApiKey = key
    return known


def _move_to_current_pepper(key: ApiKey | PlatformKey, secret: ClientSecret) -> None:
    """Have the verifier of a key that passes moved soon; the request waits for no row."""
    peppers, number = configured_peppers(), key.pepper_number
    if number is not None and number != peppers.current:
        note_upgrade(type(key), key.pk, number, peppers.verifier(secret))
