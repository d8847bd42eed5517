"""API access, as the tenant's admins see it: how it stands, asking for it, and what was decided."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.cache import never_cache

from accounts.access import TenantRequest, tenant_page
from accounts.errors import Invalid
from accounts.models import Tenant
from accounts.pages.answers import CONFLICT, UNPROCESSABLE, done_elsewhere, page_methods
from accounts.pages.frame import tenant_url
from accounts.roles import Permission
from apikeys.errors import AccessStateRefused
from apikeys.models import AccessRequest, AccessState, Decision
from apikeys.pages.account.answers import page_or_partial
from apikeys.pages.account.forms import RequestAccessForm
from apikeys.pages.account.tenant_context import key_context
from apikeys.pages.words import exact
from apikeys.services.api_access import request_access, withdraw_request

HISTORY_LENGTH = 20
"""Requests shown, newest first."""


@page_methods
@tenant_page(Permission.REQUEST_ACCESS)
@never_cache
def access(request: TenantRequest) -> HttpResponse:
    """State and history; a POST asks, or with `withdraw` takes the open request back.

    409 when somebody asked, withdrew or decided meanwhile: the page then shows how it stands now.
    """
    if request.method != "POST":
        return _page(request, RequestAccessForm())
    if "withdraw" in request.POST:
        return _withdraw(request)
    form = RequestAccessForm(request.POST)
    if not form.is_valid():
        return _page(request, form, UNPROCESSABLE)
    try:
        request_access(
            actor=request.actor, tenant=request.tenant, reason=form.cleaned_data["reason"]
        )
    except Invalid as refusal:
        form.show(refusal)
        return _page(request, form, UNPROCESSABLE)
    except AccessStateRefused as refusal:
        return _page(request, form, CONFLICT, refused=refusal.message)
    return done_elsewhere(request, "API access was requested.", tenant_url(request, "access"))


def _withdraw(request: TenantRequest) -> HttpResponse:
    try:
        withdraw_request(actor=request.actor, tenant=request.tenant)
    except AccessStateRefused as refusal:
        return _page(request, RequestAccessForm(), CONFLICT, refused=refusal.message)
    return done_elsewhere(request, "The request was withdrawn.", tenant_url(request, "access"))


def _page(
    request: TenantRequest, form: RequestAccessForm, status: int = 200, refused: str = ""
) -> HttpResponse:
    context = key_context(request, "access")
    context |= {
        "state_label": str(AccessState(context["access"].state).label),
        "form": form,
        "refused": refused,
        "requests": _requests(request.tenant),
    }
    return page_or_partial(request, "apikeys/access_state.html", "access-state", context, status)


def _requests(tenant: Tenant) -> list[dict[str, Any]]:
    """Every request with its decision and the text that the tenant may read."""
    asked = AccessRequest.objects.filter(tenant=tenant).order_by("-pk")[:HISTORY_LENGTH]
    return [
        {
            "reason": one.reason,
            "requested": exact(one.requested_at),
            "requested_by": one.requested_by_label,
            "decision": str(Decision(one.decision).label) if one.decision else "",
            "decided": exact(one.decided_at, none=""),
            "decided_by": one.decided_by_label,
            "text": one.decision_text,
        }
        for one in asked
    ]
