"""The shapes of the canonical API's requests and answers, for keys.

What a field may hold (lengths, form of an email, a time in the future) is the verbs' rule, in
`apikeys.services.key_fields`; here is only what JSON type it has and whether it may be absent.
"""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from accounts.actor import ActorType
from accounts.roles import Permission, Role
from apikeys.api.requests import Given
from apikeys.api.timestamps import Expiration, GivenExpiration, GivenTime, Time
from apikeys.models import KeyStatus

PAGE_MAX = 100
"""Keys in one answer of the list."""

RoleName = Annotated[Role, Field(strict=False)]
"""A role by its name; strict models would take the member alone."""


class StatusFilter(StrEnum):
    """Which keys the list shows."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ALL = "all"


def _digits(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,4}", value):
        raise PydanticCustomError("invalid_number", "Give a whole number")
    return int(value)


class KeyListQuery(Given):
    """The list's query string. `email` is for callers who may read user data."""

    limit: Annotated[int, BeforeValidator(_digits), Field(ge=1, le=PAGE_MAX)] = PAGE_MAX
    cursor: str | None = None
    status: Annotated[StatusFilter, Field(strict=False)] = StatusFilter.ACTIVE
    role: RoleName | None = None
    email: str | None = None
    expires_before: GivenTime | None = None
    unused_since: GivenTime | None = None


class RevokeQuery(Given):
    """`?confirm=self` lets a key revoke itself."""

    confirm: Literal["self"] | None = None


class NewKey(Given):
    """What a key is created from."""

    email: str
    name: str = ""
    description: str = ""
    role: RoleName = Role.VIEWER
    expiration: GivenExpiration = None


class NewRole(Given):
    """The role that a key is to have."""

    role: RoleName


class Answer(BaseModel):
    """What a caller gets. A field that was not set is absent, which is not the same as null."""


class NoContent(Answer):
    """Nothing: the status says it all."""


class StampView(Answer):
    """Who did something, with the label as it was then."""

    type: ActorType
    id: str
    label: str


class KeyView(Answer):
    """A key. `email`, `created_by`, `last_used_from` and `revoked_by` are user data.

    They are absent for callers who may not read user data; a revoked key has no role.
    """

    client_id: str
    tenant_id: str
    name: str
    description: str
    role: Role | None
    status: KeyStatus
    prefix: str
    email: str = ""
    created_at: Time
    created_by: StampView | None = None
    expiration: Expiration
    last_used_at: Time | None
    last_used_from: str | None = None
    revoked_at: Time | None
    revoked_by: StampView | None = None


class CreatedKeyView(KeyView):
    """A new key and, this once, its secret."""

    client_secret: str


class EnvironmentView(Answer):
    """The installation's name, and whether it is a sandbox or production."""

    name: str
    kind: str


class SelfView(KeyView):
    """The calling key, and what it may do."""

    permissions: list[Permission]
    environment: EnvironmentView


class KeyListView(Answer):
    """One page of keys, newest first; `next_cursor` is null on the last."""

    items: list[KeyView]
    next_cursor: str | None
