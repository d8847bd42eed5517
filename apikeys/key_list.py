"""The key list's query: search, filters, sorts and keyset pages, all of them in the URL."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlencode

from django.core import signing
from django.db.models import DateTimeField, Expression, F, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.http import QueryDict

from accounts.actor import Actor
from accounts.models import Tenant
from accounts.roles import Permission, Role
from apikeys.models import ApiKey, ApiKeyQuerySet
from apikeys.rules import KEYS_PER_PAGE

SEARCH_MAX = 100
"""Characters of a search that are read; no name or client ID is longer."""
NEWEST = "-created"
_FAR_PAST = Value(datetime(1970, 1, 1, tzinfo=UTC), DateTimeField())
_FAR_FUTURE = Value(datetime(9999, 1, 1, tzinfo=UTC), DateTimeField())

SORTS: dict[str, Expression | F] = {
    "created": F("created_at"),
    "name": Lower("name"),
    "last_used": Coalesce(F("usage__last_used_at"), _FAR_PAST),
    "expires": Coalesce(F("expires_at"), _FAR_FUTURE),
}
"""What a list can be sorted by; each also with a minus sign for the other direction."""
FIRST_CLICK = {"created": "-created", "last_used": "-last_used"}
"""Sorts of which the interesting end is the descending one."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the URL asks for. Anything it does not know reads as the default."""

    q: str = ""
    role: str = ""
    show_all: bool = False
    sort: str = NEWEST
    cursor: str = ""

    @classmethod
    def parse(cls, data: QueryDict) -> Self:
        """Read the query string: q, role, all, sort, cursor."""
        sort = data.get("sort", "")
        role = data.get("role", "")
        return cls(
            q=data.get("q", "").replace("\x00", "").strip()[:SEARCH_MAX],
            role=role if role in Role else "",
            show_all=data.get("all") == "1",
            sort=sort if sort.removeprefix("-") in SORTS else NEWEST,
            cursor=data.get("cursor", ""),
        )

    @property
    def active(self) -> bool:
        """Whether the list shows less, or more, than all active keys."""
        return bool(self.q or self.role or self.show_all)

    def url(self, path: str, **changes: str) -> str:
        """The same view with `changes`; a new sort or filter starts on the first page."""
        values = {
            "q": self.q,
            "role": self.role,
            "all": "1" if self.show_all else "",
            "sort": self.sort if self.sort != NEWEST else "",
            "cursor": "",
        } | changes
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{path}?{query}" if query else path

    def direction(self, column: str) -> str:
        """How the list is sorted by `column`, in the words of aria-sort; "" if it is not."""
        if self.sort.removeprefix("-") != column:
            return ""
        return "descending" if self.sort.startswith("-") else "ascending"

    def toggled(self, column: str) -> str:
        """What a click on the column's head sorts by."""
        first = FIRST_CLICK.get(column, column)
        if self.sort != first:
            return first
        return first.removeprefix("-") if first.startswith("-") else f"-{first}"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of keys, with the cursors of the pages around it."""

    keys: list[ApiKey]
    newer: str
    older: str


def matching(actor: Actor, tenant: Tenant, query: ListQuery) -> ApiKeyQuerySet:
    """The tenant's keys that the query asks for; email is searched only by who may read it."""
    keys = ApiKey.objects.visible_to(actor).filter(tenant=tenant)
    if not query.show_all:
        keys = keys.active()
    if query.role:
        keys = keys.filter(role=query.role)
    if query.q:
        hit = Q(name__icontains=query.q) | Q(client_id__icontains=query.q)
        if actor.may(Permission.READ_USERS, tenant):
            hit |= Q(email__icontains=query.q)
        keys = keys.filter(hit)
    return keys


def page_of(keys: ApiKeyQuerySet, query: ListQuery, *, size: int = KEYS_PER_PAGE) -> Page:
    """The page that the cursor names, by keyset and never by offset.

    The cursor is signed and belongs to one sort and filter; with another, or a broken one, the
    first page answers.
    """
    column = query.sort.removeprefix("-")
    cursor = _read_cursor(query)
    backwards = cursor is not None and cursor["backwards"]
    descending = query.sort.startswith("-") != backwards
    keys = keys.select_related("usage").annotate(sort_value=SORTS[column])
    if cursor is not None:
        beyond = "lt" if descending else "gt"
        value = _from_text(column, cursor["value"])
        keys = keys.filter(
            Q(**{f"sort_value__{beyond}": value})
            | Q(sort_value=value, **{f"client_id__{beyond}": cursor["client_id"]})
        )
    minus = "-" if descending else ""
    found = list(keys.order_by(f"{minus}sort_value", f"{minus}client_id")[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    before = more if backwards else cursor is not None
    after = True if backwards else more
    return Page(
        keys=found,
        newer=_cursor(query, found[0], backwards=True) if before and found else "",
        older=_cursor(query, found[-1], backwards=False) if after and found else "",
    )


def _cursor(query: ListQuery, key: ApiKey, *, backwards: bool) -> str:
    value: Any = key.sort_value  # type: ignore[attr-defined]  # annotated in page_of
    text = value.isoformat() if isinstance(value, datetime) else value
    return signing.dumps(
        {"for": _scope(query), "value": text, "client_id": key.client_id, "backwards": backwards},
        salt=_SALT,
        compress=True,
    )


def _read_cursor(query: ListQuery) -> dict[str, Any] | None:
    if not query.cursor:
        return None
    try:
        cursor: dict[str, Any] = signing.loads(query.cursor, salt=_SALT)
    except signing.BadSignature:
        return None
    return cursor if cursor["for"] == _scope(query) else None


def _scope(query: ListQuery) -> list[str | bool]:
    return [query.sort, query.q, query.role, query.show_all]


def _from_text(column: str, text: str) -> str | datetime:
    return text if column == "name" else datetime.fromisoformat(text)


_SALT = "apikeys.key_list"
