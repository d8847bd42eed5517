"""Ending keys of a tenant as its relationship manager: one, or all of them."""

from typing import Any

from django.http import Http404, HttpResponse

from accounts.access import PortfolioRequest, portfolio_page
from accounts.clock import database_now
from accounts.pages.acts import Act, posted
from accounts.pages.answers import page_methods
from accounts.roles import Permission
from apikeys.models import ApiKey
from apikeys.pages.account.answers import done
from apikeys.pages.account.key_rows import KeyPresenter
from apikeys.pages.portfolio.acts import ask, in_use_now, keys_of, number_of_keys, tenant_url
from apikeys.pages.portfolio.forms import DeleteOneKeyForm, RevokeAllForm
from apikeys.services.emergency import revoke_all_keys
from apikeys.services.keys import revoke_key


@page_methods
@portfolio_page(Permission.REVOKE_ALL_KEYS, stops=True)
def portfolio_revoke_all(request: PortfolioRequest) -> HttpResponse:
    """End every key for good, after the tenant's name was typed."""
    tenant = request.tenant

    def revoke(data: dict[str, Any]) -> str:
        number = revoke_all_keys(actor=request.actor, tenant=tenant, **data)
        return f"{number_of_keys(number).capitalize()} of {tenant.name} deleted for good."

    living = keys_of(request).filter(revoked_at=None)
    number, in_use = living.count(), in_use_now(living.active())
    act = Act(
        title="Delete all keys?",
        guide="delete-all",
        submit=f"Delete {number_of_keys(number)}" if number else "Delete all keys",
        danger=True,
        keep="Keep them",
        facts=[
            ("Keys deleted", f"{number_of_keys(number).capitalize()}, the expired ones too"),
            ("Used in the last hour", number_of_keys(in_use).capitalize()),
        ],
        sentences=[
            "Deleting stops each key for good; it stays in the history. None can be brought back: "
            "to stop them for a while, suspend API access instead.",
            "API access stays as it is, so the account’s admins can create new keys.",
        ],
    )
    return ask(request, act, RevokeAllForm(**posted(request)), revoke)


@page_methods
@portfolio_page(Permission.REVOKE_KEYS, stops=True)
def portfolio_key_delete(request: PortfolioRequest, client_id: str) -> HttpResponse:
    """End one key for good, with a reason: a leak at night needs no suspension."""
    try:
        key = keys_of(request).select_related("usage", "tenant").get(client_id=client_id)
    except ApiKey.DoesNotExist:
        raise Http404 from None
    if key.revoked_at is not None:
        return done(request, f"{key.name} was deleted already.", tenant_url(request.tenant))

    def delete(data: dict[str, Any]) -> str:
        revoke_key(actor=request.actor, key=key, reason=data["reason"])
        return f"{key.name} was deleted. No request with it passes any more."

    row = KeyPresenter(request.actor, request.tenant, database_now()).row(key)
    used = f"{row.last_used_exact}, from {row.last_used_from}" if row.last_used_from else ""
    act = Act(
        title="Delete this key?",
        guide="leaked-key",
        submit="Delete key",
        danger=True,
        keep="Keep it",
        facts=[
            ("Key", key.name),
            ("Client ID", key.client_id),
            ("Responsible", key.email),
            ("Last used", used or row.last_used_exact),
        ],
        warning=(
            f"A program still uses this key, last {row.last_used}. Its next request is refused."
            if row.used_recently
            else ""
        ),
        sentences=["Deleting stops the key for good; it stays in the history."],
    )
    return ask(request, act, DeleteOneKeyForm(**posted(request)), delete)
