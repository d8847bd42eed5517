"""How the portfolio's forms are asked and answered."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db.models.functions import Now
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from accounts.access import PortfolioRequest
from accounts.errors import Invalid, PermissionRefused, Refused, TooMany
from accounts.models import Tenant
from accounts.pages import acts
from accounts.pages.acts import Act, blocked
from accounts.pages.forms import VerbErrors
from apikeys.errors import AccessStateRefused
from apikeys.models import AccessState, ApiKey, ApiKeyQuerySet
from apikeys.pages.account.answers import done
from apikeys.pages.words import plural
from apikeys.rules import IN_USE_NOW
from apikeys.services.api_access import access_of


def ask(  # noqa: PLR0913  # the last two are for some acts only
    request: PortfolioRequest,
    act: Act,
    form: VerbErrors,
    perform: Callable[[dict[str, Any]], str],
    *,
    starts_from: tuple[AccessState, ...] = (),
    stopped: Refused | None = None,
) -> HttpResponse:
    """Ask as all pages do; `perform` says in a sentence what it did to the tenant.

    409 without the form when a rule stands in the way, such as API access that is not in a state
    of `starts_from` (which the verb checks again under its lock). `stopped` is why the verb would
    refuse whatever is sent: what is sent all the same the verb refuses itself, and records it.
    """
    tenant, url = request.tenant, tenant_url(request.tenant)
    frame = {"staff_nav": "portfolio", "tenant": tenant, "cancel_url": url}
    name = format_html(
        '<strong>{}</strong> <code class="minor" translate="no">{}</code>',
        tenant.name,
        tenant.public_id,
    )
    about = [(tenant.kind_label, name), ("Environment", settings.ENVIRONMENT_NAME)]

    def do(data: dict[str, Any]) -> HttpResponse:
        try:
            return done(request, perform(data), url)
        except (Invalid, PermissionRefused, TooMany):
            raise
        except Refused as refusal:
            return blocked(request, replace(act, facts=about), frame, refusal)

    wrong = _wrong_state(tenant, starts_from)
    if wrong is None and request.method != "POST":
        wrong = stopped
    if wrong is not None:
        return blocked(request, replace(act, facts=about), frame, wrong)
    return acts.ask(request, replace(act, facts=[*about, *act.facts]), form, do, frame)


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


def _wrong_state(tenant: Tenant, states: tuple[AccessState, ...]) -> Refused | None:
    """Why API access of the tenant is in none of these states; no states are any."""
    if not states:
        return None
    state = AccessState(access_of(tenant).state)
    return None if state in states else AccessStateRefused(state)
