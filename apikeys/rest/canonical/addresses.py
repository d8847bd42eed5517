"""The canonical API's addresses, and which operations each takes: the one list.

The URLs are made of it, and so is the OpenAPI document.
"""

from dataclasses import dataclass

from apikeys.key_actor import KeyActor
from apikeys.rest.canonical import business_unit, keys
from apikeys.rest.operations import Operation


@dataclass(frozen=True, slots=True)
class Address:
    """One path below the API's root; parts in braces are given to the operations."""

    path: str
    name: str
    operations: tuple[Operation[KeyActor], ...]


ADDRESSES = (
    Address("api-key/keys", "keys", (keys.list_keys, keys.create_key)),
    Address("api-key/keys/{client_id}", "key", (keys.read_key, keys.edit_key, keys.revoke_key)),
    Address("api-key/keys/{client_id}/role", "key_role", (keys.assign_role,)),
    Address("api-key/self", "self", (keys.read_self,)),
    Address("business-unit", "business_unit", (business_unit.read_business_unit,)),
)
