"""What the API reads of a key, and what it shows of it."""

from datetime import datetime
from typing import Any, NamedTuple, Self

from django.db.models import F, QuerySet
from django.db.models.functions import Now
from pydantic_core import to_json

from accounts.fixed_queries import Row, RowReader, attnames
from accounts.models import Tenant
from apikeys.models import ApiKey, ApiKeyQuerySet, KeyStatus
from apikeys.rest.canonical.timestamps import rfc3339

USER_DATA = ("email", "created_by", "last_used_from", "revoked_by")
"""What only a caller who may read user data gets."""

_KEY = RowReader(ApiKey)


class ListedKey(NamedTuple):
    """The columns of a key that is only shown."""

    client_id: str
    secret_prefix: str
    name: str
    description: str
    email: str
    role: str | None
    created_at: datetime
    created_by_type: str
    created_by_id: str
    created_by_label: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by_type: str
    revoked_by_id: str
    revoked_by_label: str
    checked_at: datetime
    """The database's time, for the status."""
    last_used_at: datetime | None
    last_used_from: str | None


_BESIDE = ListedKey._fields[-3:]
"""What is not a column of the key itself."""


class FoundKey(NamedTuple):
    """A key that may be changed next, and how it is shown until then."""

    key: ApiKey
    listed: ListedKey

    @classmethod
    def made_of(cls, row: Row) -> Self:
        """The key of a row of `found_rows`."""
        key = _KEY.read(row)
        own = [getattr(key, name) for name in ListedKey._fields[: -len(_BESIDE)]]
        return cls(key, ListedKey(*own, *row[_KEY.end :]))


def listed_rows(keys: ApiKeyQuerySet) -> QuerySet[ApiKey, Row]:
    """The columns of a `ListedKey`."""
    return _with_use(keys).values_list(*ListedKey._fields)


def found_rows(keys: ApiKeyQuerySet) -> QuerySet[ApiKey, Row]:
    """The columns that a `FoundKey` is made of."""
    return _with_use(keys).values_list(*attnames(ApiKey), *_BESIDE)


def _with_use(keys: ApiKeyQuerySet) -> ApiKeyQuerySet:
    return keys.annotate(
        checked_at=Now(),
        last_used_at=F("usage__last_used_at"),
        last_used_from=F("usage__last_used_from"),
    )


def fields(row: ListedKey, tenant: Tenant, *, with_users: bool) -> dict[str, Any]:
    """The fields of a `KeyView`."""
    shown = {
        "client_id": row.client_id,
        "tenant_id": tenant.public_id,
        "name": row.name,
        "description": row.description,
        "role": row.role,
        "status": KeyStatus.at(
            row.checked_at, expires_at=row.expires_at, revoked_at=row.revoked_at
        ),
        "prefix": row.secret_prefix,
        "email": row.email,
        "created_at": row.created_at,
        "created_by": {
            "type": row.created_by_type,
            "id": row.created_by_id,
            "label": row.created_by_label,
        },
        "expiration": row.expires_at,
        "last_used_at": row.last_used_at,
        "last_used_from": row.last_used_from,
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
    rows: list[ListedKey], next_cursor: str | None, tenant: Tenant, *, with_users: bool
) -> str:
    """A `KeyListView` as it is sent.

    Not by way of the model, which would check each field of each row of our own again. Tests hold
    the answers to the model's document.
    """
    items = [_as_sent(row, tenant, with_users=with_users) for row in rows]
    return to_json({"items": items, "next_cursor": next_cursor}).decode()


def key_as_json(row: ListedKey, tenant: Tenant, *, with_users: bool) -> str:
    """A `KeyView` as it is sent, made as a list's."""
    return to_json(_as_sent(row, tenant, with_users=with_users)).decode()


def _as_sent(row: ListedKey, tenant: Tenant, *, with_users: bool) -> dict[str, Any]:
    item = fields(row, tenant, with_users=with_users)
    expiration = item["expiration"]
    item["expiration"] = "never" if expiration is None else rfc3339(expiration)
    for name in ("created_at", "last_used_at", "revoked_at"):
        at: datetime | None = item[name]
        item[name] = at and rfc3339(at)
    return item
