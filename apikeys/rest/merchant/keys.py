"""Keys over the merchant API: create, list, retrieve, update, revoke (contract, section 2).

The callers are admin keys and platform keys, also where they only read: the declared
permissions are those that admins have and viewer and GL keys lack. The verbs ask for their own.
"""

from http import HTTPMethod
from typing import Any

from accounts.roles import Permission
from apikeys.credentials import is_client_id
from apikeys.events import KeyEvent
from apikeys.models import ApiKey, ApiKeyQuerySet
from apikeys.rest.answers import Reply
from apikeys.rest.merchant.callers import responsible_email
from apikeys.rest.merchant.faults import no_such_key
from apikeys.rest.merchant.schemas import (
    ListQuery,
    MerchantCreatedKeyView,
    MerchantKeyChanges,
    MerchantKeyCreation,
    MerchantKeyListView,
    MerchantKeyView,
    MerchantRevocation,
    MerchantRevokedKeyView,
    expires_at,
)
from apikeys.rest.operations import Call, Caller, operation
from apikeys.rest.problems import InvalidFields
from apikeys.rest.requests import NoBody, NoQuery
from apikeys.services import keys as verbs
from apikeys.services.key_fields import UNSET

CALLERS_HOLD = Permission.REVOKE_KEYS
"""What every call but a creation needs: admin keys hold it, their access tokens, and platform keys.

Viewer and GL keys do not, so they cannot call this API at all.
"""


@operation(
    HTTPMethod.POST,
    permission=Permission.CREATE_KEYS,
    query=NoQuery,
    body=MerchantKeyCreation,
    answer=MerchantCreatedKeyView,
    refused_as=KeyEvent.CREATED,
)
def create_key(call: Call[Caller, NoQuery, MerchantKeyCreation]) -> Reply[MerchantCreatedKeyView]:
    """Create a key; the only answer that ever holds its secret."""
    asked = call.body
    created = verbs.create_key(
        actor=call.actor,
        tenant=call.tenant,
        email=responsible_email(call.actor, call.tenant),
        name=asked.name,
        description=asked.description or "",
        role=asked.role,
        expires_at=expires_at(asked.expiration),
    )
    key = created.key
    return Reply(
        MerchantCreatedKeyView(
            key_id=key.client_id,
            merchant_id=call.tenant.public_id,
            name=key.name,
            description=key.description or None,
            api_key=created.secret.text,
            created=key.created_at,
            expiration=key.expires_at,
        )
    )


@operation(
    HTTPMethod.GET,
    permission=CALLERS_HOLD,
    query=ListQuery,
    body=NoBody,
    answer=MerchantKeyListView,
)
def list_keys(call: Call[Caller, ListQuery, NoBody]) -> Reply[MerchantKeyListView]:
    """Active and expired keys, oldest first."""
    first, last = call.query.skip, call.query.skip + call.query.limit
    found = _keys(call).order_by("created_at", "id")[first:last]
    return Reply(MerchantKeyListView([MerchantKeyView.of(key) for key in found]))


@operation(
    HTTPMethod.GET,
    permission=CALLERS_HOLD,
    query=NoQuery,
    body=NoBody,
    answer=MerchantKeyView,
)
def retrieve_key(call: Call[Caller, NoQuery, NoBody], key_id: str) -> Reply[MerchantKeyView]:
    """One key, active or expired."""
    return Reply(MerchantKeyView.of(_find(call, key_id)))


@operation(
    HTTPMethod.POST,
    permission=CALLERS_HOLD,
    query=NoQuery,
    body=MerchantKeyChanges,
    answer=MerchantKeyView,
    refused_as=KeyEvent.EDITED,
)
def update_key(
    call: Call[Caller, NoQuery, MerchantKeyChanges], key_id: str
) -> Reply[MerchantKeyView]:
    """Change what is given; `{}` changes nothing and leaves no event.

    An expiration needs the permission to change a key's terms, which no access token has.
    """
    asked = call.body
    key = verbs.edit_key(
        actor=call.actor,
        key=_find(call, key_id),
        name=UNSET if asked.name is None else asked.name,
        description=UNSET if asked.description is None else asked.description,
        expires_at=UNSET if asked.expiration is None else expires_at(asked.expiration),
    )
    return Reply(MerchantKeyView.of(key))


@operation(
    HTTPMethod.DELETE,
    permission=Permission.REVOKE_KEYS,
    query=NoQuery,
    body=MerchantRevocation,
    answer=MerchantRevokedKeyView,
    refused_as=KeyEvent.REVOKED,
)
def revoke_key(
    call: Call[Caller, NoQuery, MerchantRevocation], key_id: str
) -> Reply[MerchantRevokedKeyView]:
    """Revoke a key for good, be it the calling one: Hyperswitch asks for no confirmation."""
    if call.body.key_id not in {None, key_id}:
        raise InvalidFields(("key_id", "invalid", "This is not the key of the address."))
    key = verbs.revoke_key(actor=call.actor, key=_find(call, key_id))
    merchant_id = call.tenant.public_id
    return Reply(
        MerchantRevokedKeyView(merchant_id=merchant_id, key_id=key.client_id, revoked=True)
    )


def _keys(call: Call[Caller, Any, Any]) -> ApiKeyQuerySet:
    """The merchant's keys; a revoked one is gone here."""
    keys = ApiKey.objects.visible_to(call.actor).select_related("tenant")
    return keys.filter(tenant=call.tenant, revoked_at=None)


def _find(call: Call[Caller, Any, Any], key_id: str) -> ApiKey:
    key = _keys(call).filter(client_id=key_id).first() if is_client_id(key_id) else None
    if key is None:
        raise no_such_key()
    return key
