"""The shapes of the canonical API's requests and answers, for keys.

What a field may hold (lengths, form of an email, a time in the future) is the verbs' rule, in
`apikeys.services.key_fields`; here is only what JSON type it has and whether it may be absent.
"""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from accounts.actor import ActorType
from accounts.models import TenantKind
from accounts.roles import Permission, Role
from accounts.text_rules import CONTROL_CHARACTERS, shows_wrongly, too_long
from apikeys.models import AccessState, KeyStatus
from apikeys.rest.answers import Answer
from apikeys.rest.canonical.timestamps import Expiration, GivenExpiration, GivenTime, Time
from apikeys.rest.requests import Given
from apikeys.rules import DESCRIPTION_MAX, EMAIL_MAX, NAME_MAX

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


_INLINE = WithJsonSchema({"type": "string", "enum": list(StatusFilter)})
"""Without a name: in Go, the values of all named enums share one package, and a key's status has
the same ones."""


def _digits(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,4}", value):
        raise PydanticCustomError("invalid_number", "Give a whole number")
    return int(value)


class KeyListQuery(Given):
    """The list's query string. `email` is for callers who may read user data."""

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX), BeforeValidator(_digits)] = Field(
        default=PAGE_MAX, description="How many keys one answer may hold.", examples=[20]
    )
    cursor: str | None = Field(
        default=None,
        description="The next_cursor of the page before. It carries that page's filters.",
        examples=["eyJhZnRlciI6WzE3NjM4MDYyNzIsNDJdfQ:1vMxQz:4XcE7nDq1l0"],
    )
    status: Annotated[StatusFilter, Field(strict=False), _INLINE] = Field(
        default=StatusFilter.ACTIVE, description="Which keys to list.", examples=["active"]
    )
    role: RoleName | None = Field(
        default=None, description="Only keys with this role.", examples=["viewer"]
    )
    email: str | None = Field(
        default=None,
        description="Only keys of this responsible person or team. Needs read_users.",
        examples=["payroll@example.com"],
    )
    expires_before: GivenTime | None = Field(
        default=None,
        description="Only keys that expire before this time.",
        examples=["2027-01-31T10:00:00Z"],
    )
    unused_since: GivenTime | None = Field(
        default=None,
        description="Only keys without a request since this time, or without any at all.",
        examples=["2026-10-31T00:00:00Z"],
    )


class RevokeQuery(Given):
    """`?confirm=self` lets a key revoke itself."""

    confirm: Literal["self"] | None = Field(
        default=None,
        description='"self" if the calling key is to delete itself.',
        examples=["self"],
    )


_HIDING = "\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069"
"""Characters that hide, reorder or break what is shown; the rule is `accounts.text_rules`."""
_BLANK = (
    "\\u0020\\u00a0\\u00ad\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\ufeff"
)
"""Characters that leave no mark, as far as a pattern can name them."""
_ANY = f"[^\\u0000-\\u001f{_HIDING}]*"
_MARK = f"[^\\u0000-\\u001f{_HIDING}{_BLANK}]"
_NAME = f"{_ANY}{_MARK}{_ANY}"


def _as_given(limit: int, allowed: str = "") -> AfterValidator:
    """Refuse what the verb would take only because it cuts outer white space off first.

    A JSON Schema cannot say that, so the document would be stricter than the API. What is wrong
    without it too is left to the verb, which names all such fields at once.
    """

    def check(text: str) -> str:
        lines = text.replace("\r\n", "\n")
        kept = lines.strip()
        if len(text) > limit >= len(kept):
            raise PydanticCustomError("too_long", "{said}", {"said": too_long(text, limit)})
        if shows_wrongly(lines, allowed=allowed) and not shows_wrongly(kept, allowed=allowed):
            raise PydanticCustomError("control_characters", "{said}", {"said": CONTROL_CHARACTERS})
        return text

    return AfterValidator(check)


Name = Annotated[
    str,
    _as_given(NAME_MAX),
    Field(json_schema_extra={"maxLength": NAME_MAX, "pattern": f"^({_NAME})?$"}),
]
"""A new key's; an empty one says that the caller chose none."""
ChangedName = Annotated[
    str,
    _as_given(NAME_MAX),
    Field(json_schema_extra={"minLength": 1, "maxLength": NAME_MAX, "pattern": f"^{_NAME}$"}),
]
Description = Annotated[
    str,
    _as_given(DESCRIPTION_MAX, allowed="\n\t"),
    Field(
        json_schema_extra={
            "maxLength": DESCRIPTION_MAX,
            "pattern": f"^([^\\u0000-\\u0008\\u000b-\\u001f{_HIDING}]|\\r\\n)*$",
        }
    ),
]
Email = Annotated[
    str, Field(json_schema_extra={"maxLength": EMAIL_MAX, "minLength": 3, "format": "email"})
]


class KeyCreation(Given):
    """What a key is created from."""

    email: Email = Field(description="The person or team responsible for the key.")
    name: Name = Field(default="", description='By default "Key of" and the date.')
    description: Description = ""
    role: RoleName = Field(default=Role.VIEWER, description="What the key may do.")
    expiration: GivenExpiration = Field(
        default=None,
        description='"never", which is also the default, or a time in the future.',
    )


class KeyChanges(Given):
    """What of a key is to change; what is absent stays as it is."""

    name: ChangedName = ""
    description: Description = ""
    email: Email = Field(default="", description="Needs change_key_terms.")
    expiration: GivenExpiration = Field(
        default=None,
        description='"never" or a time in the future. Needs change_key_terms. A new time makes '
        "an expired key active again, so it counts against the limit.",
    )


class RoleChange(Given):
    """The role that a key is to have."""

    role: RoleName


class NoContent(Answer):
    """Nothing: the status says it all."""


class StampView(Answer):
    """Who did something, with the label as it was then."""

    type: ActorType = Field(description="A person (user), a key, or the platform (system).")
    id: str = Field(description="The person's id, or the key's client ID.")
    label: str = Field(description="Their name at that time.")


class KeyView(Answer):
    """A key. `email`, `created_by`, `last_used_from` and `revoked_by` are user data.

    They are absent for callers who may not read user data; a revoked key has no role.
    """

    client_id: str = Field(description="Identifies the key, and is public.")
    tenant_id: str = Field(description="The account that the key belongs to (Account ID).")
    name: str
    description: str = Field(description="Empty if nobody wrote one.")
    role: Role | None = Field(description="null once the key was deleted.")
    status: KeyStatus = Field(description="Only active keys pass.")
    prefix: str = Field(description="The first 12 characters of the client secret.")
    email: str = Field(
        default="",
        description="The person or team responsible. Only for callers who may read user data.",
    )
    created_at: Time
    created_by: StampView | None = Field(
        default=None, description="Only for callers who may read user data."
    )
    expiration: Expiration = Field(description='When the key ends, or "never".')
    last_used_at: Time | None = Field(description="Accurate to a minute; null if never.")
    last_used_from: str | None = Field(
        default=None, description="An IP address. Only for callers who may read user data."
    )
    revoked_at: Time | None = Field(description="null unless the key was deleted.")
    revoked_by: StampView | None = Field(
        default=None, description="Only for callers who may read user data."
    )


REPLAYED = (
    "This request was answered before. The client secret was in that answer alone and exists "
    "nowhere else: if it did not reach you, delete this key and create a new one."
)


class CreatedKeyView(KeyView):
    """A new key and, this once, its secret."""

    client_secret: str | None = Field(description="Shown this once; null in a repeated answer.")
    replayed: Literal[True] = Field(
        default=True, description="Only in the answer to a repeated Idempotency-Key."
    )
    hint: str = Field(default="", description="Only in a repeated answer: what to do.")

    def as_replayed(self) -> Self:
        """The same without the secret, which must not be stored."""
        return self.model_copy(update={"client_secret": None, "replayed": True, "hint": REPLAYED})


class EnvironmentView(Answer):
    """The installation's name, and whether it is a sandbox or production."""

    name: str = Field(description="As the banner of the portal shows it.")
    kind: str = Field(description="sandbox or production.")


class CallingKeyView(KeyView):
    """The calling key, and what it may do."""

    permissions: list[Permission]
    environment: EnvironmentView


class KeyListView(Answer):
    """One page of keys, newest first; `next_cursor` is null on the last."""

    items: list[KeyView]
    next_cursor: str | None = Field(description="Send it as cursor; null on the last page.")


class BusinessUnitView(Answer):
    """The tenant of the calling key: its name, its API access and how many keys it may have."""

    tenant_id: str = Field(description="The Account ID.")
    name: str
    kind: TenantKind = Field(description="A business account, or a partner organisation.")
    api_access: AccessState = Field(description="Keys pass only while it is enabled.")
    key_limit: int = Field(description="How many active keys the account may have.")
    active_keys: int = Field(description="Neither deleted nor expired; these count.")
