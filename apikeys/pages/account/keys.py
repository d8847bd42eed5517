"""Looking at keys: the list and one key's page."""

from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import TenantRequest, tenant_page
from accounts.clock import database_now
from accounts.models import AuditEvent
from accounts.roles import Permission
from apikeys.models import ApiKey
from apikeys.pages.account.answers import page_or_partial
from apikeys.pages.account.key_list import NEWEST, ListQuery, matching, page_of
from apikeys.pages.account.key_rows import KeyPresenter
from apikeys.pages.account.key_usage import usage
from apikeys.pages.account.tenant_context import key_context
from apikeys.pages.history_words import event_text
from apikeys.pages.keyset import Page
from apikeys.pages.words import STATUS_LABELS, exact, plural, relative, role_label
from apikeys.rules import JUST_EXPIRED

HISTORY_LENGTH = 50
"""Events shown on a key's page, newest first."""
ROLES = ("viewer", "GL", "admin")


def find_key(request: TenantRequest, client_id: str) -> ApiKey:
    """The tenant's key of this client ID, or 404: the only door to a key on pages."""
    keys = ApiKey.objects.visible_to(request.actor).filter(tenant=request.tenant)
    try:
        return keys.select_related("usage", "tenant").get(client_id=client_id)
    except ApiKey.DoesNotExist:
        raise Http404 from None


@require_safe
@tenant_page(Permission.READ_KEYS)
def key_list(request: TenantRequest) -> HttpResponse:
    """The tenant's keys. Query: q, role, all=1, sort, cursor; a link reproduces the view."""
    context = key_context(request)
    query = ListQuery.parse(request.GET)
    path = context["urls"]["list"]
    presenter = KeyPresenter(request.actor, request.tenant, database_now())
    page = page_of(matching(request.actor, request.tenant, query), query)
    context["urls"]["current"] = query.url(path, cursor=query.cursor)
    return page_or_partial(
        request,
        "apikeys/key_list.html",
        "key-table",
        context
        | {
            "rows": presenter.rows(page.rows),
            "announcements": _announcements(request, presenter),
            "filters": query,
            "role_options": _role_options(query),
            "sort": _sort_links(query, path),
            "paging": {
                "newer_url": page.newer and query.url(path, cursor=page.newer),
                "older_url": page.older and query.url(path, cursor=page.older),
            },
            "result": _result_line(query, page),
        },
    )


@require_safe
@tenant_page(Permission.READ_KEYS)
def key_detail(request: TenantRequest, client_id: str) -> HttpResponse:
    """One key with its exact times and, for who may read it, its history."""
    key = find_key(request, client_id)
    context = key_context(request)
    now = database_now()
    presenter = KeyPresenter(request.actor, request.tenant, now)
    context |= {"key": presenter.row(key), "usage": usage(request.actor, key, now)}
    if context["may"][Permission.READ_USERS]:
        context["history"] = _history(request, key)
    return page_or_partial(request, "apikeys/key_detail.html", "key-facts", context)


def _announcements(request: TenantRequest, presenter: KeyPresenter) -> list[dict[str, str]]:
    """Keys that expired within the last days: the commonest cause of an outage."""
    expired = (
        ApiKey.objects.visible_to(request.actor)
        .filter(tenant=request.tenant, expires_at__gt=Now() - JUST_EXPIRED)
        .expired()
        .order_by("-expires_at")
    )
    may_extend = request.actor.may(Permission.CHANGE_KEY_TERMS, request.tenant)
    may_delete = request.actor.may(Permission.REVOKE_KEYS, request.tenant)
    base = reverse("key_list", args=[request.tenant.public_id])
    return [
        {
            "name": key.name,
            "text": f"expired {relative(key.expires_at, presenter.now)}",
            "extend_url": f"{base}{key.client_id}/edit/" if may_extend else "",
            "delete_url": f"{base}{key.client_id}/delete/" if may_delete else "",
        }
        for key in expired[:10]
    ]


def _history(request: TenantRequest, key: ApiKey) -> list[dict[str, str]]:
    events = AuditEvent.objects.visible_to(request.actor).filter(
        Q(target_type="api_key"), tenant=request.tenant, target_id=key.client_id
    )
    return [
        {"when_exact": exact(event.at), "what": event_text(event), "who": event.actor_label}
        for event in events.order_by("-id")[:HISTORY_LENGTH]
    ]


def _role_options(query: ListQuery) -> list[dict[str, Any]]:
    options = [("", "Any role"), *((role, role_label(role)) for role in ROLES)]
    return [
        {"value": value, "label": label, "selected": value == query.role}
        for value, label in options
    ]


def _sort_links(query: ListQuery, path: str) -> dict[str, Any]:
    columns = {
        column: {
            "url": query.url(path, sort=query.toggled(column)),
            "direction": query.direction(column),
        }
        for column in ("name", "created", "last_used", "expires")
    }
    return {"value": query.sort if query.sort != NEWEST else "", **columns}


def _result_line(query: ListQuery, page: Page[ApiKey]) -> str:
    number = len(page.rows)
    more = " on this page" if page.newer or page.older else ""
    kind = "key" if query.show_all else f"{STATUS_LABELS['active'].lower()} key"
    line = f"{plural(number, kind)}{more}"
    return f"{line} for “{query.q}”" if query.q else line
