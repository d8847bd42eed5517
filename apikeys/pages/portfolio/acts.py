"""How the portfolio's forms are asked and answered: once on a page, once in the dialog."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.access import PortfolioRequest
from accounts.errors import Invalid, PermissionRefused, Refused, TooMany
from accounts.models import Tenant
from accounts.pages.answers import CONFLICT, UNPROCESSABLE
from accounts.pages.forms import VerbErrors
from apikeys.errors import AccessStateRefused
from apikeys.models import AccessState, ApiKey, ApiKeyQuerySet
from apikeys.pages.account.answers import done, page_or_partial
from apikeys.pages.account.key_rows import KeyRow
from apikeys.pages.words import plural
from apikeys.rules import IN_USE_NOW
from apikeys.services.api_access import access_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a form is about to do, in words: what it hits and what follows."""

    title: str
    submit: str
    sentences: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    warning: str = ""
    danger: bool = False
    keep: str = "Cancel"
    """What the way out is called."""
    keys_title: str = ""
    keys: list[KeyRow] = field(default_factory=list)
    guide: str = ""
    """The section of the relationship managers' guide about it."""
    stopped: Refused | None = None
    """Why the verb would refuse whatever is sent: the form is not shown then. What is sent all the
    same the verb refuses itself, and records it."""


def ask(
    request: PortfolioRequest,
    act: Act,
    form: VerbErrors,
    perform: Callable[[dict[str, Any]], str],
    *,
    starts_from: tuple[AccessState, ...] = (),
) -> HttpResponse:
    """Show the form, or let `perform` do what it says and tell the person its sentence.

    422 for a form to correct; 409 without the form when a rule stands in the way, such as API
    access that is not in a state of `starts_from` (which the verb checks again under its lock).
    """
    try:
        _require_state(request.tenant, starts_from)
        if request.method != "POST":
            if act.stopped is not None:
                raise act.stopped
            return _page(request, act, form)
        if not form.is_valid():
            return _page(request, act, form, UNPROCESSABLE)
        said = perform(form.cleaned_data)
    except Invalid as refusal:
        form.show(refusal)
        return _page(request, act, form, UNPROCESSABLE)
    except (PermissionRefused, TooMany):
        raise
    except Refused as refusal:
        return _page(request, act, None, CONFLICT, blocked=refusal.message)
    return done(request, said, tenant_url(request.tenant))


def posted(request: HttpRequest) -> dict[str, Any]:
    """What a form is made of: the data of a POST, or nothing."""
    return {"data": request.POST} if request.method == "POST" else {}


def tenant_url(tenant: Tenant) -> str:
    """The tenant's page in the portfolio."""
    return reverse("portfolio_tenant", args=[tenant.public_id])


def keys_of(request: PortfolioRequest) -> ApiKeyQuerySet:
    """The tenant's keys, as the staff member sees them."""
    return ApiKey.objects.visible_to(request.actor).filter(tenant=request.tenant)


def in_use_now(keys: ApiKeyQuerySet) -> int:
    """How many of the keys were used within the last hour."""
    return keys.filter(usage__last_used_at__gt=Now() - IN_USE_NOW).count()


def number_of_keys(number: int, adjective: str = "") -> str:
    """How many keys, in words: "no active key", "1 key", "7 active keys"."""
    noun = f"{adjective} key".strip()
    return plural(number, noun) if number else f"no {noun}"


def _require_state(tenant: Tenant, states: tuple[AccessState, ...]) -> None:
    if not states:
        return
    state = AccessState(access_of(tenant).state)
    if state not in states:
        raise AccessStateRefused(state)


def _page(
    request: PortfolioRequest,
    act: Act,
    form: VerbErrors | None,
    status: int = 200,
    blocked: str = "",
) -> HttpResponse:
    context = {
        "staff_nav": "portfolio",
        "tenant": request.tenant,
        "act": act,
        "form": form,
        "blocked": blocked,
        "cancel_url": tenant_url(request.tenant),
    }
    return page_or_partial(request, "apikeys/portfolio_action.html", "action-form", context, status)
