"""The staff's landing page: what needs them, their tenants, and the queue of requests."""

from datetime import datetime
from typing import Any, cast

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import StaffRequest, staff_page
from accounts.actor import StaffActor
from accounts.clock import database_now
from accounts.models import Membership, TenantKind
from apikeys.models import AccessRequest, AccessState
from apikeys.pages import keyset
from apikeys.pages.account.answers import page_or_partial
from apikeys.pages.keyset import Cursors, Order
from apikeys.pages.portfolio.query import PortfolioQuery, page_of, tenants_for
from apikeys.pages.portfolio.rows import request_rows, tenant_rows
from apikeys.pages.portfolio.search import search
from apikeys.pages.words import exact, plural, relative

COUNTED_TO = 100
"""What needs somebody is counted up to here, and said to be more beyond."""
REQUESTS_PER_PAGE = 50


@require_safe
@staff_page
def portfolio(request: StaffRequest) -> HttpResponse:
    """The tenants of the portfolio. Query: q, kind, access, expiring, unused, full, sort, cursor.

    What needs the person stands above the list; a link reproduces the view.
    """
    query, path, now = PortfolioQuery.parse(request.GET), reverse("portfolio"), database_now()
    hits = search(request.actor, query.q) if query.q else None
    page = page_of(tenants_for(request.actor, query, hits), query)
    rows = tenant_rows(page.rows, now)
    context = {
        "staff_nav": "portfolio",
        "operates": request.actor.operates,
        "rows": rows,
        "filters": query,
        "kind_options": _options("Any kind", TenantKind.choices, query.kind),
        "access_options": _options("Any state", AccessState.choices, query.access),
        "sort": {"value": query.sort} | {column: _sort(query, path, column) for column in _SORTED},
        "paging": {
            "newer_url": page.newer and query.url(path, cursor=page.newer),
            "older_url": page.older and query.url(path, cursor=page.older),
        },
        "refine": hits is not None and hits.more,
        "result": _result(query, len(rows), more=bool(page.newer or page.older)),
        "as_of": exact(min((row.as_of for row in rows), default=now)),
        "urls": {"list": path, "current": query.url(path, cursor=query.cursor)},
    }
    if not request.headers.get("HX-Request"):
        context["attention"] = _attention(request.actor, now)
    return page_or_partial(request, "apikeys/portfolio_list.html", "tenant-table", context)


@require_safe
@staff_page
def access_queue(request: StaffRequest) -> HttpResponse:
    """Requests that wait for a decision, the oldest first."""
    waiting = _waiting(request.actor).select_related("tenant__relationship_manager")
    cursors = Cursors("apikeys.access_queue", [])
    order = Order(F("requested_at"), descending=False, tie="pk")
    page = keyset.page_of(
        waiting, order, cursors, request.GET.get("cursor", ""), size=REQUESTS_PER_PAGE
    )
    path, now = reverse("access_queue"), database_now()
    context = {
        "staff_nav": "requests",
        "operates": request.actor.operates,
        "rows": request_rows(page.rows, now),
        "urls": {"current": request.get_full_path(), "portfolio": reverse("portfolio")},
        "paging": {
            "newer_url": page.newer and f"{path}?cursor={page.newer}",
            "older_url": page.older and f"{path}?cursor={page.older}",
        },
    }
    return page_or_partial(request, "apikeys/portfolio_queue.html", "request-table", context)


_SORTED = ("name", "created", "active_keys")


def _waiting(actor: StaffActor) -> QuerySet[AccessRequest]:
    """Requests that the actor can decide: those of their own accounts are for others."""
    own = Membership.objects.current().filter(user=actor.user)
    waiting = AccessRequest.objects.visible_to(actor).exclude(tenant__in=own.values("tenant"))
    # `open` stands on the manager's own class, which `visible_to` keeps.
    return cast(QuerySet[AccessRequest], waiting.open())


def _attention(actor: StaffActor, now: datetime) -> list[dict[str, str]]:
    """What needs me: requests that wait, tenants at their limit, keys that expire."""
    items = []
    waiting = _waiting(actor).order_by("requested_at", "pk").values_list("requested_at", flat=True)
    if times := list(waiting[: COUNTED_TO + 1]):
        items.append(
            {
                "tone": "warning",
                "title": f"{_counted(len(times), 'request')} waiting for a decision",
                "text": f"The oldest was made {relative(times[0], now)}.",
                "url": reverse("access_queue"),
                "action": "Decide",
            }
        )
    questions = (
        (PortfolioQuery(full=True), "at the limit", "No key can be created there."),
        (PortfolioQuery(expiring=True), "with keys that expire within 30 days", ""),
    )
    for query, words, text in questions:
        found = tenants_for(actor, query).order_by()[: COUNTED_TO + 1].values_list("pk", flat=True)
        if number := len(found):
            title = f"{_counted(number, 'account')} {words}"
            url = query.url(reverse("portfolio"))
            items.append(
                {"tone": "info", "title": title, "text": text, "url": url, "action": "See them"}
            )
    return items


def _counted(number: int, noun: str) -> str:
    return f"More than {COUNTED_TO} {noun}s" if number > COUNTED_TO else plural(number, noun)


def _options(every: str, choices: list[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    return [
        {"value": value, "label": label, "selected": value == chosen}
        for value, label in [("", every), *choices]
    ]


def _sort(query: PortfolioQuery, path: str, column: str) -> dict[str, str]:
    url = query.url(path, sort=query.toggled(column))
    return {"url": url, "direction": query.direction(column)}


def _result(query: PortfolioQuery, number: int, *, more: bool) -> str:
    line = plural(number, "account") + (" on this page" if more else "")
    return f"{line} for “{query.q}”" if query.q else line
