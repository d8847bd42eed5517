"""What the API reads of a key, and what it shows of it."""

from collections import namedtuple
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from accounts.fixed_queries import RowReader, attnames
from accounts.models import Tenant
from apikeys.models import ApiKey
from apikeys.rest.canonical.timestamps import rfc3339

_BESIDE = ("checked_at", "usage__last_used_at", "usage__last_used_from")
"""The database's time, and when the key was used."""
READ = (*attnames(ApiKey), *_BESIDE)
"""The columns of a key that may be changed next."""
LISTED = (
    *("client_id", "secret_prefix", "name", "description", "email", "role", "created_at"),
    *("created_by_type", "created_by_id", "created_by_label", "expires_at", "revoked_at"),
    *("revoked_by_type", "revoked_by_id", "revoked_by_label", *_BESIDE),
)
"""The columns of a key that is only shown."""
USER_DATA = ("email", "created_by", "last_used_from", "revoked_by")
"""What only a caller who may read user data gets."""

_KEY = RowReader(ApiKey)

_Row = namedtuple("_Row", LISTED)  # type: ignore[misc]  # the names are those above
type Listed = Any
"""A row of `LISTED`, by name; which names, no type checker can read from there."""


def listed(rows: Iterable[tuple[Any, ...]]) -> list[Listed]:
    """Rows of `LISTED`, by name."""
    return list(map(_Row._make, rows))


def key_of(row: tuple[Any, ...], tenant: Tenant) -> ApiKey:
    """A row of `READ` as the key of `tenant` that it is."""
    key: Any = _KEY.read(row)
    key.tenant = tenant
    key.checked_at, key.usage__last_used_at, key.usage__last_used_from = row[_KEY.end :]
    known: ApiKey = key
    return known


def fields(row: Any, tenant: Tenant, *, with_users: bool) -> dict[str, Any]:
    """The fields of a `KeyView`: of a key from `key_of`, or of a `Listed`."""
    shown = {
        "client_id": row.client_id,
        "tenant_id": tenant.public_id,
        "name": row.name,
        "description": row.description,
        "role": row.role,
        "status": ApiKey.status_at(row, row.checked_at),
        "prefix": row.secret_prefix,
        "email": row.email,
        "created_at": row.created_at,
        "created_by": {
            "type": row.created_by_type,
            "id": row.created_by_id,
            "label": row.created_by_label,
        },
        "expiration": row.expires_at,
        "last_used_at": row.usage__last_used_at,
        "last_used_from": row.usage__last_used_from,
        "revoked_at": row.revoked_at,
        "revoked_by": {
            "type": row.revoked_by_type,
            "id": row.revoked_by_id,
            "label": row.revoked_by_label,
        }
        if row.revoked_at
        else None,
    }
    if not with_users:
        for name in USER_DATA:
            del shown[name]
    return shown


def list_as_json(
    rows: list[Listed], next_cursor: str | None, tenant: Tenant, *, with_users: bool
) -> str:
    """A `KeyListView` as it is sent.

    Not by way of the model, which would check each field of each row of our own again. Tests hold
    the answers to the model's document.
    """
    items = [_as_sent(row, tenant, with_users=with_users) for row in rows]
    return to_json({"items": items, "next_cursor": next_cursor}).decode()


def key_as_json(key: ApiKey, tenant: Tenant, *, with_users: bool) -> str:
    """A `KeyView` as it is sent, of a key from `key_of`; made as a list's."""
    return to_json(_as_sent(key, tenant, with_users=with_users)).decode()


def _as_sent(row: Any, tenant: Tenant, *, with_users: bool) -> dict[str, Any]:
    item = fields(row, tenant, with_users=with_users)
    expiration = item["expiration"]
    item["expiration"] = "never" if expiration is None else rfc3339(expiration)
    for name in ("created_at", "last_used_at", "revoked_at"):
        at: datetime | None = item[name]
        item[name] = at and rfc3339(at)
    return item
