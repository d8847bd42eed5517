"""The shapes of the merchant API's requests and answers (contract, section 2).

What a field may hold is the verbs' rule, in `apikeys.services.key_fields`; here is only what
JSON type it has, whether it may be absent, and in which order Hyperswitch writes it.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, RootModel, WithJsonSchema
from pydantic_core import PydanticCustomError

from accounts.roles import Role
from apikeys.models import ApiKey
from apikeys.rest.answers import Answer
from apikeys.rest.canonical.schemas import RoleName
from apikeys.rest.canonical.timestamps import EXPIRATION, Expiration, Time
from apikeys.rest.requests import Given, NoBody

LIST_MAX = 1_000
"""Keys in one answer of the list, also where the caller names no limit."""
SKIP_MAX = 10_000
"""How deep a plain offset may reach: the database counts off each row that it skips."""

NEVER: Literal["never"] = "never"

_ISO_8601 = re.compile(r"[0-9]{4}[0-9W-]*T[0-9:.,]+(Z|[+-][0-9:]+)", re.ASCII)


def _iso_8601(value: Any) -> Any:
    """A time with its offset in any ISO 8601 form, in UTC, cut to milliseconds; or "never".

    Raises `PydanticCustomError`.
    """
    if value == NEVER:
        return value
    try:
        if not isinstance(value, str) or not _ISO_8601.fullmatch(value):
            raise ValueError
        at = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "invalid_time",
            'Give "never" or a time with its offset, for example 2027-01-31T10:00:00Z',
        ) from None
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _iso_8601_or_null(value: Any) -> Any:
    return None if value is None else _iso_8601(value)


def _digits(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,6}", value):
        raise PydanticCustomError("invalid_number", "Give a whole number")
    return int(value)


type End = Literal["never"] | datetime

_END = '"never" or a time in the future.'


def expires_at(end: End) -> datetime | None:
    """An expiration as the verbs take it: None is never."""
    return None if end == NEVER else end


class MerchantRevocation(NoBody):
    """What Hyperswitch's dashboard sends with a revocation. It must agree with the address."""

    key_id: str | None = None
    revoked: Literal[True] | None = None


class MerchantKeyCreation(Given):
    """What a key is created from. `role` is our extension; without it the key is a viewer."""

    name: str = Field(description="What people call the key.")
    description: str | None = Field(default=None, description="What the key is for.")
    expiration: Annotated[End, BeforeValidator(_iso_8601), WithJsonSchema(EXPIRATION)] = Field(
        description=_END
    )
    role: RoleName = Field(default=Role.VIEWER, description="What the key may do.")


class MerchantKeyChanges(Given):
    """What changes; absent and null leave a field as it is."""

    name: str | None = None
    description: str | None = None
    expiration: Annotated[
        End | None,
        BeforeValidator(_iso_8601_or_null),
        WithJsonSchema({"anyOf": [*EXPIRATION["anyOf"], {"type": "null"}]}),
    ] = Field(default=None, description=_END)


class ListQuery(Given):
    """Which part of the list: `limit` keys after the first `skip`."""

    limit: Annotated[int, Field(ge=1, le=LIST_MAX), BeforeValidator(_digits)] = Field(
        default=LIST_MAX, description="How many keys to list.", examples=[10]
    )
    skip: Annotated[int, Field(ge=0, le=SKIP_MAX), BeforeValidator(_digits)] = Field(
        default=0, description="How many keys of the list to leave out first.", examples=[0]
    )


class MerchantKeyView(Answer):
    """The retrieve form: also what the list holds and an update answers."""

    key_id: str
    merchant_id: str
    name: str
    description: str | None
    prefix: str
    created: Time
    expiration: Expiration

    @classmethod
    def of(cls, key: ApiKey) -> "MerchantKeyView":
        """`key`, with its tenant selected. No description is null."""
        return cls(
            key_id=key.client_id,
            merchant_id=key.tenant.public_id,
            name=key.name,
            description=key.description or None,
            prefix=key.secret_prefix,
            created=key.created_at,
            expiration=key.expires_at,
        )


class MerchantKeyListView(Answer, RootModel[list[MerchantKeyView]]):
    """Keys, without anything around them."""


class MerchantCreatedKeyView(Answer):
    """A new key and, this once, its secret. Hyperswitch gives no `prefix` here."""

    key_id: str
    merchant_id: str
    name: str
    description: str | None
    api_key: str
    created: Time
    expiration: Expiration


class MerchantRevokedKeyView(Answer):
    """What is left to say of a revoked key."""

    merchant_id: str
    key_id: str
    revoked: Literal[True]
