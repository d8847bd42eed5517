"""Where people land: the choice of account, and an account's overview."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import TenantRequest, person, tenant_page
from accounts.actor import PersonActor, StaffActor
from accounts.clock import database_now
from accounts.models import Tenant
from accounts.pages.words import member_role_label
from accounts.roles import Permission
from apikeys.models import AccessState, ApiKey, KeyStatus
from apikeys.pages.account.key_rows import KeyPresenter, KeyRow, unused, usage_of
from apikeys.pages.account.tenant_context import key_context
from apikeys.pages.words import relative, relative_days
from apikeys.rules import EXPIRING_SOON, JUST_EXPIRED
from apikeys.services.key_limit import Slots, slots_by_tenant

LONGEST_LIST = 10
"""Things to look at, at most: more would hide the first."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The person's only account, or the choice of one; staff's portfolio, or the choice of both."""
    actor = person(request)
    tenants = list(Tenant.objects.visible_to(actor).select_related("api_access").order_by("name"))
    is_staff = StaffActor(actor.user).staff_role is not None
    if is_staff and not tenants:
        return redirect("portfolio")
    if len(tenants) == 1 and not is_staff:
        return redirect("overview", tenant_id=tenants[0].public_id)
    return render(request, "accounts/tenant_list.html", _choice(actor, tenants))


@require_safe
def account_choice(request: HttpRequest) -> HttpResponse:
    """All accounts of the person, also when there is only one."""
    actor = person(request)
    tenants = Tenant.objects.visible_to(actor).select_related("api_access").order_by("name")
    return render(request, "accounts/tenant_list.html", _choice(actor, list(tenants)))


def _choice(actor: PersonActor, tenants: list[Tenant]) -> dict[str, Any]:
    slots = slots_by_tenant(tenants)
    return {
        "tenants": [
            {
                "name": tenant.name,
                "public_id": tenant.public_id,
                "kind_label": tenant.kind_label,
                "role_label": member_role_label(tenant, actor.role_in(tenant)),
                "keys": _keys_in_use(slots[tenant.pk]),
                "attention": _access_attention(tenant),
                "url": reverse("overview", args=[tenant.public_id]),
            }
            for tenant in tenants
        ]
    }


def _keys_in_use(taken: Slots) -> str:
    return f"{taken.active} of {taken.limit} active keys"


def _access_attention(tenant: Tenant) -> str:
    state = AccessState(tenant.api_access.state)
    return "" if state == AccessState.ENABLED else f"API access: {str(state.label).lower()}"


@require_safe
@tenant_page(Permission.READ_KEYS)
def overview(request: TenantRequest) -> HttpResponse:
    """What needs me in this account?"""
    context = key_context(request, "overview")
    now = database_now()
    presenter = KeyPresenter(request.actor, request.tenant, now)
    keys = list(
        ApiKey.objects.visible_to(request.actor)
        .filter(tenant=request.tenant, revoked_at=None)
        .select_related("usage")
        .order_by("expires_at", "-created_at")
    )
    rows = [(key, presenter.row(key)) for key in keys]
    context |= {
        "role_label": member_role_label(request.tenant, request.actor.role_in(request.tenant)),
        "attention": _attention(rows, now, context),
        "checklist": _checklist(keys, context),
    }
    return render(request, "accounts/overview.html", context)


def _attention(
    rows: list[tuple[ApiKey, KeyRow]], now: datetime, context: dict[str, Any]
) -> list[dict[str, str]]:
    items = [item for key, row in rows for item in _key_items(key, row, now)]
    slots = context["slots"]
    if slots.free == 0 and context["may"][Permission.CREATE_KEYS]:
        items.insert(
            0,
            _item(
                "warning",
                f"All {slots.limit} active keys are in use",
                "To create another, delete one first.",
                context["urls"]["list"],
                "See the keys",
            ),
        )
    return items[:LONGEST_LIST]


def _key_items(key: ApiKey, row: KeyRow, now: datetime) -> list[dict[str, str]]:
    """What about one key needs a person; a link only to what this person may do."""
    url, action = (row.edit_url, "Extend") if row.may_assign_role else (row.url, "Look at it")
    expires = key.expires_at
    if row.status == KeyStatus.EXPIRED:
        if expires is None or now - expires > JUST_EXPIRED:
            return []
        text = "Programs that use it are refused."
        return [_item("error", f"{row.name} expired {relative(expires, now)}", text, url, action)]
    items = []
    if expires is not None and expires - now <= EXPIRING_SOON:
        title = f"{row.name} expires {relative_days(expires, now)}"
        items.append(_item("warning", title, row.expires_exact, url, action))
    usage = usage_of(key)
    if unused(key, usage.last_used_at if usage else None, now):
        text = (
            f"Last used {row.last_used}. Delete it if nothing needs it."
            if usage
            else ("Never used since it was created. Delete it if nothing needs it.")
        )
        items.append(_item("info", f"{row.name} is not in use", text, row.url, "Look at it"))
    if row.creator_left:
        text = "The key works on. Check that somebody is responsible for it."
        title = f"{row.creator}, who created {row.name}, left"
        items.append(_item("info", title, text, row.url, "Look at it"))
    return items


def _item(tone: str, title: str, text: str, url: str, action: str) -> dict[str, str]:
    return {"tone": tone, "title": title, "text": text, "url": url, "action": action}


def _checklist(keys: list[ApiKey], context: dict[str, Any]) -> list[dict[str, Any]]:
    """The way to the first request, for those who can go it; empty once a request was seen."""
    if not context["may"][Permission.CREATE_KEYS] or any(usage_of(key) for key in keys):
        return []
    enabled = context["access"].state == AccessState.ENABLED
    return [
        {"text": "API access is enabled", "done": enabled, "url": "", "hint": ""},
        {
            "text": "Create a key",
            "done": bool(keys),
            "url": context["urls"]["create"],
            "hint": "Its client secret is shown once: have your secrets manager at hand.",
        },
        {
            "text": "Send the first request with it",
            "done": False,
            "url": "",
            "hint": "The page that shows the secret has a ready command.",
        },
    ]
