"""The key list's query: search, filters, sorts and keyset pages, all of them in the URL."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Self

from django.db.models import DateTimeField, Expression, F, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.http import QueryDict

from accounts.actor import Actor
from accounts.models import Tenant
from accounts.roles import Permission, Role
from apikeys.models import ApiKey, ApiKeyQuerySet
from apikeys.pages import keyset
from apikeys.pages.keyset import Cursors, Order, Page
from apikeys.pages.sorted_list import SortedList, searched
from apikeys.rules import KEYS_PER_PAGE

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


@dataclass(frozen=True, slots=True)
class ListQuery(SortedList):
    """What the URL asks for. Anything it does not know reads as the default."""

    first_sort = NEWEST
    first_click: ClassVar[dict[str, str]] = {"created": "-created", "last_used": "-last_used"}

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
            q=searched(data.get("q", "")),
            role=role if role in Role else "",
            show_all=data.get("all") == "1",
            sort=sort if sort.removeprefix("-") in SORTS else NEWEST,
            cursor=data.get("cursor", ""),
        )

    @property
    def active(self) -> bool:
        """Whether the list shows less, or more, than all active keys."""
        return bool(self.q or self.role or self.show_all)

    def filters(self) -> dict[str, str]:
        """The search and the filters as the address says them."""
        return {"q": self.q, "role": self.role, "all": "1" if self.show_all else ""}


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


def page_of(keys: ApiKeyQuerySet, query: ListQuery, *, size: int = KEYS_PER_PAGE) -> Page[ApiKey]:
    """The page that the query's cursor names; with another sort or filter, the first."""
    order = Order(SORTS[query.sort.removeprefix("-")], query.sort.startswith("-"), "client_id")
    cursors = Cursors(_SALT, [query.sort, query.q, query.role, query.show_all])
    return keyset.page_of(keys.select_related("usage"), order, cursors, query.cursor, size=size)


_SALT = "apikeys.pages.account.key_list"
