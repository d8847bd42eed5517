"""The portfolio's query: search, filters, sorts and keyset pages over tenants, in the URL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self

from django.core.exceptions import EmptyResultSet
from django.db.models import Expression, F, Lookup, QuerySet
from django.db.models.functions import Greatest, Lower
from django.http import QueryDict

from accounts.actor import StaffActor
from accounts.models import Tenant, TenantKind
from apikeys.models import AccessState, SummarySweep
from apikeys.pages import keyset
from apikeys.pages.keyset import Cursors, Order, Page
from apikeys.pages.portfolio.search import Hits, search
from apikeys.pages.sorted_list import SortedList, searched

TENANTS_PER_PAGE = 50
"""Rows of the portfolio on one page."""
BY_NAME = "name"

SORTS: dict[str, Expression | F] = {
    "name": Lower("name"),
    "created": F("created_at"),
    "active_keys": F("active_keys"),
}
"""What the list can be sorted by; each also with a minus sign for the other direction."""
FLAGS = ("expiring", "unused", "full")
"""Filters that are on or off: keys expiring, keys unused, at the limit."""


class TenantFigures(Protocol):
    """What `tenants_for` puts on each tenant."""

    active_keys: int
    next_expiry_at: datetime | None
    unused_keys: int
    last_use_at: datetime | None
    as_of: datetime


class OneOf(Lookup):
    """The value is in the list, sent as one array: a parameter each costs 10 ms for a thousand."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """PostgreSQL's `value = ANY(array)`."""
        if not self.rhs:
            raise EmptyResultSet  # as `in` does: the database is not asked
        value, parameters = self.process_lhs(compiler, connection)
        return f"{value} = ANY(%s)", (*parameters, self.rhs)


@dataclass(frozen=True, slots=True)
class PortfolioQuery(SortedList):
    """What the URL asks for. Anything it does not know reads as the default."""

    first_sort = BY_NAME
    first_click: ClassVar[dict[str, str]] = {"created": "-created", "active_keys": "-active_keys"}

    q: str = ""
    kind: str = ""
    access: str = ""
    expiring: bool = False
    unused: bool = False
    full: bool = False
    sort: str = BY_NAME
    cursor: str = ""

    @classmethod
    def parse(cls, data: QueryDict) -> Self:
        """Read the query string: q, kind, access, expiring, unused and full (=1), sort, cursor."""
        sort, kind, access = (data.get(name, "") for name in ("sort", "kind", "access"))
        return cls(
            q=searched(data.get("q", "")),
            kind=kind if kind in TenantKind.values else "",
            access=access if access in AccessState.values else "",
            expiring=data.get("expiring") == "1",
            unused=data.get("unused") == "1",
            full=data.get("full") == "1",
            sort=sort if sort.removeprefix("-") in SORTS else BY_NAME,
            cursor=data.get("cursor", ""),
        )

    @property
    def active(self) -> bool:
        """Whether the list shows less than the whole portfolio."""
        return bool(self.q or self.kind or self.access or self.flags)

    @property
    def flags(self) -> list[str]:
        """The filters that are on."""
        return [flag for flag in FLAGS if getattr(self, flag)]

    def filters(self) -> dict[str, str]:
        """The search and the filters as the address says them."""
        flags = dict.fromkeys(self.flags, "1")
        return {"q": self.q, "kind": self.kind, "access": self.access, **flags}


def tenants_for(
    actor: StaffActor, query: PortfolioQuery, hits: Hits | None = None
) -> QuerySet[Tenant]:
    """The tenants that the query asks for, of those the actor acts for, with `TenantFigures`.

    The only door to these figures: pages filter and sort by them without knowing their source.
    They come from each tenant's summary, as of the time it names. `hits` is what a search for
    `query.q` found, where the caller asked already; it says too whether it found everything.
    """
    tenants = _with_figures(Tenant.objects.visible_to(actor))
    if query.q:
        tenants = tenants.filter(OneOf(F("pk"), (hits or search(actor, query.q)).pks))
    if query.kind:
        tenants = tenants.filter(kind=query.kind)
    if query.access:
        tenants = tenants.filter(api_access__state=query.access)
    if query.expiring:
        tenants = tenants.filter(summary__expiring_keys__gt=0)
    if query.unused:
        tenants = tenants.filter(summary__unused_keys__gt=0)
    if query.full:
        tenants = tenants.filter(summary__at_limit=True)
    return tenants.select_related("api_access", "relationship_manager")


def page_of(
    tenants: QuerySet[Tenant], query: PortfolioQuery, *, size: int = TENANTS_PER_PAGE
) -> Page[Tenant]:
    """The page that the query's cursor names; with another sort or filter, the first."""
    order = Order(SORTS[query.sort.removeprefix("-")], query.sort.startswith("-"), "pk")
    scope: list[str | bool] = [query.sort, query.q, query.kind, query.access, *query.flags]
    return keyset.page_of(tenants, order, Cursors(_SALT, scope), query.cursor, size=size)


def _with_figures(tenants: QuerySet[Tenant]) -> QuerySet[Tenant]:
    # Every tenant has a summary; said so, the database can walk the summaries' indexes.
    return tenants.filter(summary__isnull=False).annotate(
        active_keys=F("summary__active_keys"),
        unused_keys=F("summary__unused_keys"),
        next_expiry_at=F("summary__next_expiry_at"),
        last_use_at=F("summary__last_use_at"),
        as_of=Greatest("summary__as_of", SummarySweep.objects.values("checked_at")),
    )


_SALT = "apikeys.pages.portfolio.query"
