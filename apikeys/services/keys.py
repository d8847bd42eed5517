"""The verbs of API keys: create, edit, assign a role, revoke.

Each takes the tenant's lock first and then reads, in statements of their own, the actor's
rights, the tenant's access and the key: nothing that was acknowledged before the lock was
taken can be undone by what the verb remembered.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts import audit
from accounts.actor import Actor, StaffActor
from accounts.clock import database_now
from accounts.errors import Invalid, PreconditionFailed
from accounts.models import Tenant
from accounts.roles import Permission, Role
from accounts.services.verbs import enter, require, require_grant, verb
from accounts.text_rules import required_text, some_lines
from apikeys import credentials
from apikeys.errors import AccessNotEnabled, AlreadyCreated, KeyRevoked
from apikeys.events import KeyEvent
from apikeys.models import AccessState, ApiKey, KeyStatus
from apikeys.rules import REASON_MAX, SUBMISSION_MAX
from apikeys.services.api_access import access_of
from apikeys.services.key_fields import (
    UNSET,
    FieldErrors,
    Unset,
    clean_description,
    clean_email,
    clean_expiration,
    clean_name,
)
from apikeys.services.key_limit import take_slot
from apikeys.services.key_names import default_name, free_name
from apikeys.services.peppers import configured_peppers, configured_prefix
from apikeys.services.summaries import refresh_summary


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key and, this once, its secret."""

    key: ApiKey
    secret: credentials.ClientSecret


@verb(KeyEvent.CREATED, about="tenant")
def create_key(  # noqa: PLR0913  # a key is all of these
    *,
    actor: Actor,
    tenant: Tenant,
    email: str,
    name: str = "",
    description: str = "",
    role: Role = Role.VIEWER,
    expires_at: datetime | None = None,
    submission: str | None = None,
    unique_name: bool = False,
) -> CreatedKey:
    """Create a key and return it with its secret, which exists nowhere else.

    `expires_at` None means never. `submission` names the form that asks: the same form sent
    again raises `AlreadyCreated` and makes nothing. `unique_name` refuses the name of an
    active key (pages do; the APIs accept repeats). Raises `Invalid`, `PermissionRefused`,
    `GrantRefused`, `AccessNotEnabled`, `KeyLimitReached`.
    """
    tenant, actor = enter(actor, tenant, Permission.CREATE_KEYS)
    _refuse_second_submission(actor, tenant, submission)
    access = access_of(tenant)
    if access.state != AccessState.ENABLED:
        raise AccessNotEnabled(AccessState(access.state))
    require_grant(actor, role, tenant)
    now = database_now()
    errors = FieldErrors()
    key = ApiKey(
        tenant=tenant,
        name=clean_name(name or default_name(now), errors),
        description=clean_description(description, errors),
        email=clean_email(email, errors),
        expires_at=clean_expiration(expires_at, now, errors),
        role=role,
        created_at=now,
        submission=submission,
    )
    if unique_name:
        _refuse_taken_name(key, errors)
    errors.raise_if_any()
    key.slot = take_slot(tenant, access)
    secret = _give_secret(key)
    key.put_creator(actor.stamp)
    key.save(force_insert=True)
    audit.record(
        actor,
        KeyEvent.CREATED,
        key,
        role=str(role),
        expiration=_as_text(key.expires_at),
        email=key.email,
    )
    refresh_summary(tenant)
    return CreatedKey(key, secret)


@verb(KeyEvent.EDITED, about="key")
def edit_key(  # noqa: PLR0913  # each field is optional
    *,
    actor: Actor,
    key: ApiKey,
    name: str | Unset = UNSET,
    description: str | Unset = UNSET,
    email: str | Unset = UNSET,
    expires_at: datetime | None | Unset = UNSET,
    version: int | None = None,
    unique_name: bool = False,
) -> ApiKey:
    """Change what is given and leave the rest; what changes nothing leaves no event.

    What is given as it is already is not judged: the rules may have become stricter since.

    Name and description need the permission to change keys, email and expiration that to
    change their terms. A new time makes an expired key active, so it counts against the
    limit. `version` refuses if somebody changed the key since. Raises `KeyRevoked`,
    `PreconditionFailed`, `Invalid`, `PermissionRefused`, `KeyLimitReached`.
    """
    tenant, actor = enter(actor, key.tenant, Permission.CHANGE_KEYS)
    if not isinstance(email, Unset) or not isinstance(expires_at, Unset):
        require(actor, Permission.CHANGE_KEY_TERMS, tenant)
    key = _changeable(key, version)
    now = database_now()
    was_expired = key.status_at(now) == KeyStatus.EXPIRED
    errors = FieldErrors()
    new: dict[str, str | datetime | None] = {}
    if not isinstance(name, Unset) and name != key.name:
        new["name"] = clean_name(name, errors)
    if not isinstance(description, Unset) and some_lines(description) != key.description:
        new["description"] = clean_description(description, errors)
    if not isinstance(email, Unset) and email != key.email:
        new["email"] = clean_email(email, errors)
    if not isinstance(expires_at, Unset) and expires_at != key.expires_at:
        new["expires_at"] = clean_expiration(expires_at, now, errors)
    changes = _apply(key, new)
    if unique_name and "name" in changes:
        _refuse_taken_name(key, errors)
    errors.raise_if_any()
    if was_expired and key.status_at(now) == KeyStatus.ACTIVE:
        key.slot = take_slot(tenant, access_of(tenant), besides=key)
    if changes:
        _save(key)
        audit.record(actor, KeyEvent.EDITED, key, changes=changes)
        refresh_summary(tenant)
    return key


@verb(KeyEvent.ROLE_ASSIGNED, about="key")
def assign_role(*, actor: Actor, key: ApiKey, role: Role, version: int | None = None) -> ApiKey:
    """Give the key another role; the same role again changes nothing.

    Raises `KeyRevoked`, `PermissionRefused`, and `GrantRefused` for a role that may do more
    than the actor's own.
    """
    tenant, actor = enter(actor, key.tenant, Permission.ASSIGN_KEY_ROLE)
    key = _changeable(key, version)
    require_grant(actor, role, tenant)
    changes = _apply(key, {"role": str(role)})
    if changes:
        _save(key)
        audit.record(actor, KeyEvent.ROLE_ASSIGNED, key, changes=changes)
    return key


@verb(KeyEvent.REVOKED, about="key")
def revoke_key(
    *, actor: Actor, key: ApiKey, reason: str = "", version: int | None = None
) -> ApiKey:
    """End the key for good: role detached, verifier and public key erased, the row stays.

    When the caller's transaction has committed, no check passes. A key already revoked stays
    as it is, without an error. Platform staff must give a reason; members may. `version`
    refuses with `PreconditionFailed` if somebody changed the key since.
    """
    tenant, actor = enter(actor, key.tenant, Permission.REVOKE_KEYS)
    key = _reload(key)
    if key.revoked_at is not None:
        return key
    _require_version(key, version)
    if reason.strip() or isinstance(actor, StaffActor):
        reason = required_text("reason", reason, REASON_MAX, "Say why, in one sentence.")
    end_key(actor=actor, key=key, reason=reason)
    refresh_summary(tenant)
    return key


def end_key(*, actor: Actor, key: ApiKey, reason: str) -> None:
    """Revoke a key that is locked and whole; the last step of every verb that ends keys."""
    was = key.role
    key.revoked_at = database_now()
    key.put_revoker(actor.stamp)
    key.role = key.verifier = key.pepper_number = key.public_key = key.slot = None
    _save(key)
    audit.record(actor, KeyEvent.REVOKED, key, role=was, reason=reason.strip())


def _reload(key: ApiKey) -> ApiKey:
    return (
        ApiKey.objects.select_for_update(no_key=True, of=["self"])
        .select_related("tenant")
        .get(pk=key.pk)
    )


def _changeable(key: ApiKey, version: int | None) -> ApiKey:
    key = _reload(key)
    if key.revoked_at is not None:
        raise KeyRevoked
    _require_version(key, version)
    return key


def _require_version(key: ApiKey, version: int | None) -> None:
    if version is not None and version != key.version:
        raise PreconditionFailed(
            "Somebody changed this key in the meantime. Look at it again, then repeat your change."
        )


def _refuse_second_submission(actor: Actor, tenant: Tenant, submission: str | None) -> None:
    if submission is None:
        return
    if len(submission) > SUBMISSION_MAX:
        raise Invalid({"submission": "Open the form again and send it from there."})
    made = ApiKey.objects.filter(
        tenant=tenant, created_by_id=actor.stamp.id, submission=submission
    ).first()
    if made is not None:
        raise AlreadyCreated(made)


def _refuse_taken_name(key: ApiKey, errors: FieldErrors) -> None:
    free = free_name(key.tenant, key.name, besides=key)
    if free != key.name:
        errors.add("name", f"An active key has this name already. Free is: {free}")


def _give_secret(key: ApiKey) -> credentials.ClientSecret:
    secret = credentials.new_client_secret(configured_prefix())
    verifier = configured_peppers().verifier(secret)
    key.client_id, key.secret_prefix = secret.client_id, secret.prefix
    key.verifier, key.pepper_number = verifier.digest, verifier.pepper_number
    key.public_key = credentials.signing_public_key(secret)
    return secret


def _apply(key: ApiKey, new: dict[str, str | datetime | None]) -> dict[str, dict[str, str | None]]:
    """Put what differs on the key and return it as {field: {"from": …, "to": …}}."""
    changes = {}
    for field, value in new.items():
        old = getattr(key, field)
        if old != value:
            setattr(key, field, value)
            changes[field] = {"from": _as_text(old), "to": _as_text(value)}
    return changes


def _save(key: ApiKey) -> None:
    key.version += 1
    key.save()


def _as_text(value: str | datetime | None) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else value
