"""Keys over the canonical API: list, create, read, change, revoke, and who am I."""

from http import HTTPMethod, HTTPStatus
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.fixed_queries import FixedQuery
from accounts.roles import Permission
from accounts.tenancy import TenantScope
from apikeys.codes import Code
from apikeys.credentials import is_client_id
from apikeys.events import KeyEvent
from apikeys.key_actor import KeyActor
from apikeys.models import ApiKey
from apikeys.rest.answers import Reply
from apikeys.rest.canonical.conditions import entity_tag, version_to_change
from apikeys.rest.canonical.key_list import page, resumed
from apikeys.rest.canonical.key_rows import FoundKey, fields, found_rows, key_as_json, list_as_json
from apikeys.rest.canonical.schemas import (
    CallingKeyView,
    CreatedKeyView,
    EnvironmentView,
    KeyChanges,
    KeyCreation,
    KeyListQuery,
    KeyListView,
    KeyView,
    NoContent,
    RevokeQuery,
    RoleChange,
)
from apikeys.rest.operations import Call, operation
from apikeys.rest.problems import Problem
from apikeys.rest.requests import NoBody, NoQuery
from apikeys.services import keys as verbs


@operation(
    HTTPMethod.GET,
    permission=Permission.READ_KEYS,
    query=KeyListQuery,
    body=NoBody,
    answer=KeyListView,
)
def list_keys(call: Call[KeyActor, KeyListQuery, NoBody]) -> Reply[KeyListView]:
    """List keys.

    Those of the calling key's account, newest first. Filters combine. Whoever may not read user
    data gets no emails and creators, and cannot filter by them.
    """
    query, after = resumed(call.query)
    if query.email is not None:
        call.require(Permission.READ_USERS)
    rows, next_cursor = page(call.actor, query, after)
    with_users = call.may(Permission.READ_USERS)
    return Reply(list_as_json(rows, next_cursor, call.tenant, with_users=with_users))


@operation(
    HTTPMethod.POST,
    permission=Permission.CREATE_KEYS,
    query=NoQuery,
    body=KeyCreation,
    answer=CreatedKeyView,
    status=HTTPStatus.CREATED,
    refused_as=KeyEvent.CREATED,
    refusals=(Code.KEY_LIMIT_REACHED, Code.ACCESS_NOT_ENABLED),
    repeatable=True,
)
def create_key(call: Call[KeyActor, NoQuery, KeyCreation]) -> Reply[CreatedKeyView]:
    """Create a key.

    The answer is the only one that ever holds the client secret: store it now. Send an
    Idempotency-Key, so that a request whose answer was lost can be repeated without making a
    second key.
    """
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
    found = _find(call, created.key.client_id)
    view = CreatedKeyView(**_fields(call, found), client_secret=created.secret.text)
    location = reverse("v1:key", args=[found.key.client_id])
    return Reply(view, {"Location": location, "ETag": _tag(call, found.key)})


@operation(
    HTTPMethod.GET,
    permission=Permission.READ_KEYS,
    query=NoQuery,
    body=NoBody,
    answer=KeyView,
)
def read_key(call: Call[KeyActor, NoQuery, NoBody], client_id: str) -> Reply[KeyView]:
    """Read a key.

    Deleted keys stay readable: they are the account's history.
    """
    return _view(call, _find(call, client_id))


@operation(
    HTTPMethod.PATCH,
    permission=Permission.CHANGE_KEYS,
    query=NoQuery,
    body=KeyChanges,
    answer=KeyView,
    refused_as=KeyEvent.EDITED,
    refusals=(Code.KEY_REVOKED, Code.KEY_LIMIT_REACHED),
    conditional=True,
)
def edit_key(call: Call[KeyActor, NoQuery, KeyChanges], client_id: str) -> Reply[KeyView]:
    """Change a key.

    What is absent stays as it is. Name and description need change_keys; email and expiration
    need change_key_terms. With If-Match the change is made only to the state that you have seen.
    """
    key = _find(call, client_id).key
    asked: dict[str, Any] = {
        field: getattr(call.body, field) for field in call.body.model_fields_set
    }
    if "expiration" in asked:
        asked["expires_at"] = asked.pop("expiration")
    verbs.edit_key(actor=call.actor, key=key, version=_version(call, key), **asked)
    return _view(call, _find(call, client_id))


@operation(
    HTTPMethod.PUT,
    permission=Permission.ASSIGN_KEY_ROLE,
    query=NoQuery,
    body=RoleChange,
    answer=KeyView,
    refused_as=KeyEvent.ROLE_ASSIGNED,
    refusals=(Code.KEY_REVOKED,),
    conditional=True,
)
def assign_role(call: Call[KeyActor, NoQuery, RoleChange], client_id: str) -> Reply[KeyView]:
    """Assign a role.

    The next request with the key has the new role. Nobody gives a role that may do more than
    their own.
    """
    key = _find(call, client_id).key
    version = _version(call, key)
    verbs.assign_role(actor=call.actor, key=key, role=call.body.role, version=version)
    return _view(call, _find(call, client_id))


@operation(
    HTTPMethod.DELETE,
    permission=Permission.REVOKE_KEYS,
    query=RevokeQuery,
    body=NoBody,
    answer=NoContent,
    status=HTTPStatus.NO_CONTENT,
    refused_as=KeyEvent.REVOKED,
    refusals=(Code.CONFIRMATION_REQUIRED,),
    conditional=True,
)
def revoke_key(call: Call[KeyActor, RevokeQuery, NoBody], client_id: str) -> Reply[NoContent]:
    """Revoke a key.

    For good and at once: when this answers, no request with that key passes. It stays readable
    as revoked. A key that is revoked already stays as it is, without an error. The calling
    key revokes itself only with ?confirm=self.
    """
    key = _find(call, client_id).key
    version = _version(call, key)
    if key.pk == call.actor.key.pk and call.query.confirm is None:
        raise Problem(
            Code.CONFIRMATION_REQUIRED,
            "This is the key that makes the request. Add ?confirm=self to revoke it for good.",
        )
    verbs.revoke_key(actor=call.actor, key=key, version=version)
    return Reply()


@operation(
    HTTPMethod.GET,
    permission=None,
    query=NoQuery,
    body=NoBody,
    answer=CallingKeyView,
)
def read_self(call: Call[KeyActor, NoQuery, NoBody]) -> Reply[CallingKeyView]:
    """Read the calling key.

    With its permissions and the environment it belongs to: the quickest way to see whether a
    client secret works.
    """
    found = _find(call, call.actor.key.client_id)
    return Reply(
        CallingKeyView(
            **_fields(call, found),
            permissions=[permission for permission in Permission if call.may(permission)],
            environment=EnvironmentView(
                name=settings.ENVIRONMENT_NAME, kind=settings.ENVIRONMENT_KIND
            ),
        )
    )


_VISIBLE = FixedQuery(
    FoundKey.made_of,
    lambda tenant_pk, client_id: found_rows(
        ApiKey.objects.visible_to(TenantScope(tenant_pk)).filter(client_id=client_id)
    ),
    -1,
    "client id",
)


def _find(call: Call[KeyActor, Any, Any], client_id: str) -> FoundKey:
    """The key, or the same 404 for another tenant's as for one that never was."""
    found = _VISIBLE.first(call.actor.key.tenant_id, client_id) if is_client_id(client_id) else None
    if found is None:
        raise Problem(Code.NOT_FOUND, "This account has no such key.")
    found.key.tenant = call.tenant
    return found


def _view(call: Call[KeyActor, Any, Any], found: FoundKey) -> Reply[KeyView]:
    text = key_as_json(found.listed, call.tenant, with_users=call.may(Permission.READ_USERS))
    return Reply(text, {"ETag": _tag(call, found.key)})


def _tag(call: Call[KeyActor, Any, Any], key: ApiKey) -> str:
    return entity_tag(key, with_users=call.may(Permission.READ_USERS))


def _version(call: Call[KeyActor, Any, Any], key: ApiKey) -> int | None:
    """The version that the verb must find; raises `PreconditionFailed` when it is gone already."""
    return version_to_change(call.if_match, key, _tag(call, key))


def _fields(call: Call[KeyActor, Any, Any], found: FoundKey) -> dict[str, Any]:
    return fields(found.listed, call.tenant, with_users=call.may(Permission.READ_USERS))
