"""Keys over the canonical API: list, create, read, assign a role, revoke, and who am I."""

from http import HTTPMethod, HTTPStatus
from typing import Any

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse

from accounts.roles import Permission
from apikeys.api.key_list import page, resumed
from apikeys.api.operations import Call, Reply, operation
from apikeys.api.problems import Code, Problem
from apikeys.api.requests import NoBody, NoQuery
from apikeys.api.schemas import (
    CreatedKeyView,
    EnvironmentView,
    KeyListQuery,
    KeyListView,
    KeyView,
    NewKey,
    NewRole,
    NoContent,
    RevokeQuery,
    SelfView,
)
from apikeys.credentials import is_client_id
from apikeys.events import KeyEvent
from apikeys.models import ApiKey, ApiKeyQuerySet
from apikeys.services import keys as verbs


@operation(
    HTTPMethod.GET,
    permission=Permission.READ_KEYS,
    query=KeyListQuery,
    body=NoBody,
    answer=KeyListView,
)
def list_keys(call: Call[KeyListQuery, NoBody]) -> Reply[KeyListView]:
    """The tenant's keys, newest first. By email only for who may read user data."""
    query, after = resumed(call.query)
    if query.email is not None:
        call.require(Permission.READ_USERS)
    found, next_cursor = page(_keys(call), query, after)
    items = [KeyView(**_fields(call, key)) for key in found]
    return Reply(KeyListView(items=items, next_cursor=next_cursor))


@operation(
    HTTPMethod.POST,
    permission=Permission.CREATE_KEYS,
    query=NoQuery,
    body=NewKey,
    answer=CreatedKeyView,
    status=HTTPStatus.CREATED,
    refused_as=KeyEvent.CREATED,
)
def create_key(call: Call[NoQuery, NewKey]) -> Reply[CreatedKeyView]:
    """Create a key; the only answer that ever holds its secret."""
    asked = call.body
    created = verbs.create_key(
        actor=call.actor,
        tenant=call.tenant,
        email=asked.email,
        name=asked.name,
        description=asked.description,
        role=asked.role,
        expires_at=asked.expiration,
    )
    key = _find(call, created.key.client_id)
    view = CreatedKeyView(**_fields(call, key), client_secret=created.secret.text)
    return Reply(view, {"Location": reverse("v1:key", args=[key.client_id])})


@operation(
    HTTPMethod.GET,
    permission=Permission.READ_KEYS,
    query=NoQuery,
    body=NoBody,
    answer=KeyView,
)
def read_key(call: Call[NoQuery, NoBody], client_id: str) -> Reply[KeyView]:
    """One key of the tenant, revoked ones included."""
    return Reply(KeyView(**_fields(call, _find(call, client_id))))


@operation(
    HTTPMethod.PUT,
    permission=Permission.ASSIGN_KEY_ROLE,
    query=NoQuery,
    body=NewRole,
    answer=KeyView,
    refused_as=KeyEvent.ROLE_ASSIGNED,
)
def assign_role(call: Call[NoQuery, NewRole], client_id: str) -> Reply[KeyView]:
    """Give a key another role."""
    verbs.assign_role(actor=call.actor, key=_find(call, client_id), role=call.body.role)
    return Reply(KeyView(**_fields(call, _find(call, client_id))))


@operation(
    HTTPMethod.DELETE,
    permission=Permission.REVOKE_KEYS,
    query=RevokeQuery,
    body=NoBody,
    answer=NoContent,
    status=HTTPStatus.NO_CONTENT,
    refused_as=KeyEvent.REVOKED,
)
def revoke_key(call: Call[RevokeQuery, NoBody], client_id: str) -> Reply[NoContent]:
    """Revoke a key for good; 204 also for one revoked already."""
    key = _find(call, client_id)
    if key.pk == call.actor.key.pk and call.query.confirm is None:
        raise Problem(
            Code.CONFIRMATION_REQUIRED,
            "This is the key that makes the request. Add ?confirm=self to revoke it for good.",
        )
    verbs.revoke_key(actor=call.actor, key=key)
    return Reply()


@operation(
    HTTPMethod.GET,
    permission=None,
    query=NoQuery,
    body=NoBody,
    answer=SelfView,
)
def read_self(call: Call[NoQuery, NoBody]) -> Reply[SelfView]:
    """The calling key, what it may do, and in which environment."""
    key = _find(call, call.actor.key.client_id)
    return Reply(
        SelfView(
            **_fields(call, key),
            permissions=[permission for permission in Permission if call.may(permission)],
            environment=EnvironmentView(
                name=settings.ENVIRONMENT_NAME, kind=settings.ENVIRONMENT_KIND
            ),
        )
    )


def _keys(call: Call[Any, Any]) -> ApiKeyQuerySet:
    """The keys that the caller may know of, with what their views show."""
    return (
        ApiKey.objects.visible_to(call.actor)
        .select_related("tenant")
        .annotate(
            checked_at=Now(),
            used_at=F("usage__last_used_at"),
            used_from=F("usage__last_used_from"),
        )
    )


def _find(call: Call[Any, Any], client_id: str) -> ApiKey:
    """The key, or the same 404 for another tenant's as for one that never was."""
    key = _keys(call).filter(client_id=client_id).first() if is_client_id(client_id) else None
    if key is None:
        raise Problem(Code.NOT_FOUND, "This account has no such key.")
    return key


def _fields(call: Call[Any, Any], key: ApiKey) -> dict[str, Any]:
    """What the caller may read of `key`, which comes from `_keys`."""
    row: Any = key  # with the annotations
    fields = {
        "client_id": key.client_id,
        "tenant_id": key.tenant.public_id,
        "name": key.name,
        "description": key.description,
        "role": key.role,
        "status": key.status_at(row.checked_at),
        "prefix": key.secret_prefix,
        "created_at": key.created_at,
        "expiration": key.expires_at,
        "last_used_at": row.used_at,
        "revoked_at": key.revoked_at,
    }
    if call.may(Permission.READ_USERS):
        fields |= {
            "email": key.email,
            "created_by": {
                "type": key.created_by_type,
                "id": key.created_by_id,
                "label": key.created_by_label,
            },
            "last_used_from": row.used_from,
            "revoked_by": {
                "type": key.revoked_by_type,
                "id": key.revoked_by_id,
                "label": key.revoked_by_label,
            }
            if key.revoked_at
            else None,
        }
    return fields
