"""Does this credential pass, now? For the REST APIs, for new tokens and for introspection.

`apikeys.proof.decide` judges; here are the look-ups by Django's connection. The gateway's unit has
its own in `apikeys.gateway.lookup`. One SELECT a check, on the primary, with no cache of any kind:
status, expiry, role and access are read each time. Nothing is written but the nonce of a signed
request: what is noted of a use, the process's use log writes.
"""

from dataclasses import dataclass
from datetime import datetime
from time import time
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.fixed_queries import FixedQuery, Row, RowReader, attnames
from accounts.models import Tenant
from apikeys.codes import Code
from apikeys.credentials import ClientSecret, Verifier
from apikeys.models import AccessState, ApiAccess, ApiKey, PlatformKey
from apikeys.proof.decide import NOT_PROVED, Shown, Signed, fits, refusal
from apikeys.proof.nonces import USE_NONCE
from apikeys.proof.signatures import Signature, SignedRequest, checked_signature
from apikeys.proof.tokens import AccessToken
from apikeys.proof.use_log import uses_of_process
from apikeys.services.peppers import configured_peppers


@dataclass(frozen=True, slots=True)
class Denied:
    """The credential does not pass."""

    reason: Code


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
    the same answer. `address` is where the request came from. Raises `PepperMissing`.
    """
    return _judged(secret, _find(secret.client_id), address)


def verify_token(token: AccessToken, *, address: str | None) -> Passed | Denied:
    """Check an access token together with its key, as both are now; the key is used by it."""
    return _judged(token, _find(token.client_id), address)


def key_of_token(token: AccessToken) -> ApiKey | None:
    """The key for which this token passes at this moment; None if it does not. No use of it."""
    state = _find(token.client_id)
    passes = refusal(token, state, configured_peppers()) is None
    return state.key() if passes and state is not None else None


def verify_signed(request: SignedRequest, *, address: str | None) -> Passed | Denied:
    """Check a signed request, whose nonce is then used up. Raises `BadSignature`.

    Must run outside of a transaction that could still be rolled back: the nonce would be new
    again.
    """
    state: _KeyState | None = None

    def public_key(client_id: str) -> bytes | None:
        nonlocal state
        state = _find(client_id)
        return state.public_key if state else None

    signature = checked_signature(request, time(), public_key)
    is_new = state is not None and _use_nonce(state.pk, signature)
    return _judged(Signed(is_new), state, address)


def verify_with_platform_keys(
    secret: ClientSecret, *, address: str | None
) -> Passed | PassedForPlatform | Denied:
    """`verify_secret`, and a platform key passes too: for what serves the platform, on purpose.

    A key of a tenant costs no query more. Whatever proves no key costs the same work in both
    tables, be it unknown, wrong or revoked. The use of a platform key is not noted.
    """
    outcome = verify_secret(secret, address=address)
    if outcome != Denied(Code.UNAUTHENTICATED):
        return outcome
    key = proved_platform_key(secret)
    if key is None:
        return outcome
    stored = key.stored_verifier
    if (uses := uses_of_process()) and stored is not None:
        uses.upgrade(key.pk, secret, stored, configured_peppers(), PlatformKey)
    return PassedForPlatform(key)


def proved_platform_key(secret: ClientSecret) -> PlatformKey | None:
    """The platform key that `secret` belongs to; None for unknown, wrong and revoked alike."""
    key = PlatformKey.objects.filter(client_id=secret.client_id).first()
    stored = key.stored_verifier if key is not None else None
    return key if fits(secret, stored, configured_peppers()) else None


def proved_key(secret: ClientSecret) -> ApiKey | None:
    """The key that `secret` belongs to, whether or not it would pass. It does not count as a use.

    None for an unknown key, a wrong secret and a revoked key, after the same work for each.
    """
    state = _find(secret.client_id)
    proved = fits(secret, state.stored if state else None, configured_peppers())
    return state.key() if proved and state is not None else None


def _judged(shown: Shown, state: "_KeyState | None", address: str | None) -> Passed | Denied:
    """Decide, and note the use of a key that has proved itself."""
    peppers = configured_peppers()
    code = refusal(shown, state, peppers)
    if state is None or code in NOT_PROVED:
        return Denied(code or Code.UNAUTHENTICATED)
    if uses := uses_of_process():
        uses.note(state.pk, address, accepted=code is None)
        if code is None and isinstance(shown, ClientSecret):
            uses.upgrade(state.pk, shown, state.stored, peppers)
    return Denied(code) if code is not None else Passed(state.key())


def _use_nonce(key_pk: int, signature: Signature) -> bool:
    """Whether this key has not used this nonce before; now it has."""
    with connection.cursor() as cursor:
        cursor.execute(_USE_NONCE, [key_pk, signature.nonce_digest])
        return bool(cursor.rowcount == 1)


_USE_NONCE = USE_NONCE.format("%s", "%s")


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


_KNOWN = FixedQuery(tuple, _known, "client id")
_KEY = RowReader(ApiKey)
_TENANT = RowReader(Tenant, _KEY.end)
_ACCESS = RowReader(ApiAccess, _TENANT.end)
_COLUMNS = attnames(ApiKey)
_PK, _DIGEST, _PEPPER, _PUBLIC_KEY, _EXPIRES_AT = map(
    _COLUMNS.index, ("id", "verifier", "pepper_number", "public_key", "expires_at")
)
_STATE = _TENANT.end + attnames(ApiAccess).index("state")
_NOW = _ACCESS.end


class _KeyState:
    """A row of `_KNOWN` as it is judged.

    Its parts are read when they are asked for. An object that is made of a row before the proof
    would take time, and so tell that there is such a key.
    """

    __slots__ = ("_row",)

    def __init__(self, row: Row) -> None:
        self._row = row

    @property
    def pk(self) -> int:
        pk: int = self._row[_PK]
        return pk

    @property
    def stored(self) -> Verifier:
        return Verifier(bytes(self._row[_DIGEST]), self._row[_PEPPER])

    @property
    def public_key(self) -> bytes | None:
        public_key = self._row[_PUBLIC_KEY]
        return None if public_key is None else bytes(public_key)

    @property
    def access_enabled(self) -> bool:
        return bool(self._row[_STATE] == AccessState.ENABLED)

    @property
    def unexpired(self) -> bool:
        expires_at = self._row[_EXPIRES_AT]
        return expires_at is None or expires_at > self._row[_NOW]

    @property
    def now(self) -> float:
        now: datetime = self._row[_NOW]
        return now.timestamp()

    def key(self) -> ApiKey:
        """The key with its tenant, the tenant's access, and `checked_at`."""
        key: Any = _KEY.read(self._row)
        key.tenant = _TENANT.read(self._row)
        key.tenant.api_access = _ACCESS.read(self._row)
        key.checked_at = self._row[_NOW]
        known: ApiKey = key
        return known


def _find(client_id: str) -> _KeyState | None:
    """The key with this client ID; None when it is unknown or revoked."""
    row = _KNOWN.first(client_id)
    return None if row is None or row[_DIGEST] is None else _KeyState(row)
