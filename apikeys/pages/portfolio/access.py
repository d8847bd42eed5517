"""Deciding about a tenant's API access: approve, decline, enable, suspend, restore, limit."""

from typing import Any

from django.http import HttpResponse

from accounts.access import PortfolioRequest, portfolio_page
from accounts.clock import database_now
from accounts.pages.acts import Act, Hit, posted
from accounts.pages.answers import page_methods
from accounts.pages.forms import NothingForm
from accounts.roles import Permission
from apikeys.models import AccessState
from apikeys.pages.account.key_rows import KeyPresenter
from apikeys.pages.portfolio.acts import ask, in_use_now, keys_of, number_of_keys
from apikeys.pages.portfolio.forms import (
    ApproveForm,
    DeclineForm,
    LimitForm,
    RestoreForm,
    SuspendForm,
)
from apikeys.pages.words import plural
from apikeys.services import api_access
from apikeys.services.api_access import access_of, can_suspend, open_request, restore_refusal


@page_methods
@portfolio_page(Permission.DECIDE_ACCESS)
def portfolio_approve(request: PortfolioRequest) -> HttpResponse:
    """Approve the request that waits."""
    tenant = request.tenant

    def approve(data: dict[str, Any]) -> str:
        api_access.approve_request(actor=request.actor, tenant=tenant, text=data["text"])
        return f"{tenant.name} has API access now. Its admins are told by mail."

    act = Act(
        title="Approve API access?",
        guide="requests",
        submit="Approve",
        facts=_request_facts(request),
        sentences=["The account’s admins can create keys at once."],
    )
    form = ApproveForm(**posted(request))
    return ask(request, act, form, approve, starts_from=(AccessState.REQUESTED,))


@page_methods
@portfolio_page(Permission.DECIDE_ACCESS)
def portfolio_decline(request: PortfolioRequest) -> HttpResponse:
    """Decline the request that waits, with a reason that the tenant reads."""
    tenant = request.tenant

    def decline(data: dict[str, Any]) -> str:
        api_access.decline_request(actor=request.actor, tenant=tenant, text=data["text"])
        return f"The request of {tenant.name} was declined. Its admins are told by mail."

    act = Act(
        title="Decline this request?",
        guide="requests",
        submit="Decline",
        facts=_request_facts(request),
    )
    form = DeclineForm(**posted(request))
    return ask(request, act, form, decline, starts_from=(AccessState.REQUESTED,))


@page_methods
@portfolio_page(Permission.DECIDE_ACCESS)
def portfolio_enable(request: PortfolioRequest) -> HttpResponse:
    """Enable API access without a request."""
    tenant = request.tenant

    def enable(_: dict[str, Any]) -> str:
        api_access.enable_access(actor=request.actor, tenant=tenant)
        return f"{tenant.name} has API access now."

    act = Act(
        title="Enable API access?",
        guide="requests",
        submit="Enable API access",
        sentences=["Nobody asked for it. The account’s admins can create keys at once."],
    )
    form = NothingForm(**posted(request))
    return ask(request, act, form, enable, starts_from=(AccessState.NONE,))


@page_methods
@portfolio_page(Permission.SUSPEND_ACCESS, stops=True)
def portfolio_suspend(request: PortfolioRequest) -> HttpResponse:
    """Stop every key at once and keep it; says first how many that are and how many in use.

    An operator also takes over what a manager suspended, so that only operators restore it.
    """
    tenant, access = request.tenant, access_of(request.tenant)
    takes_over = access.state == AccessState.SUSPENDED and can_suspend(request.actor, access)

    def suspend(data: dict[str, Any]) -> str:
        api_access.suspend_access(actor=request.actor, tenant=tenant, **data)
        if takes_over:
            return f"API access of {tenant.name} stays suspended until an operator restores it."
        return f"API access of {tenant.name} is suspended. Every key is refused from now on."

    starts_from = (AccessState.SUSPENDED,) if takes_over else (AccessState.ENABLED,)
    act = _taking_over() if takes_over else _suspending(request)
    return ask(request, act, SuspendForm(**posted(request)), suspend, starts_from=starts_from)


@page_methods
@portfolio_page(Permission.SUSPEND_ACCESS)
def portfolio_restore(request: PortfolioRequest) -> HttpResponse:
    """Let keys pass again; lists those that come back, so that none returns by accident."""
    tenant = request.tenant

    def restore(data: dict[str, Any]) -> str:
        api_access.restore_access(actor=request.actor, tenant=tenant, reason=data["reason"])
        return f"API access of {tenant.name} is restored. Its admins are told by mail."

    returning = keys_of(request).active().select_related("usage").order_by("-created_at")
    rows = KeyPresenter(request.actor, tenant, database_now()).rows(returning)
    act = Act(
        title="Restore API access?",
        guide="restore",
        submit="Restore API access",
        facts=[("Keys that come back", number_of_keys(len(rows), "active").capitalize())],
        sentences=["These keys work again at once. Delete first what must not come back."]
        if rows
        else ["No key comes back; the account’s admins can create keys again."],
        hits_title="Keys that come back",
        hits=[
            Hit(row.name, row.client_id, row.role_label, f"Last used: {row.last_used}")
            for row in rows
        ],
    )
    return ask(
        request,
        act,
        RestoreForm(**posted(request)),
        restore,
        starts_from=(AccessState.SUSPENDED,),
        stopped=restore_refusal(request.actor, tenant, access_of(tenant)),
    )


@page_methods
@portfolio_page(Permission.SET_KEY_LIMIT)
def portfolio_limit(request: PortfolioRequest) -> HttpResponse:
    """Set how many active keys the tenant may have, also below what it has."""
    tenant, access = request.tenant, access_of(request.tenant)
    active = keys_of(request).active().count()

    def limit(data: dict[str, Any]) -> str:
        api_access.set_key_limit(actor=request.actor, tenant=tenant, **data)
        said = f"{tenant.name} may have {plural(data['limit'], 'active key')} now."
        if data["limit"] < active:
            said += f" It keeps the {active} it has, and can create none until enough are gone."
        return said

    act = Act(
        title="Change the limit",
        guide="limit",
        submit="Save limit",
        facts=[("Active keys now", f"{active} of {access.key_limit}")],
        sentences=[
            "A limit below the number of active keys deletes none: the account keeps what it has "
            "and can create no key until enough are deleted or expired."
        ],
    )
    form = LimitForm(actor=request.actor, tenant=tenant, access=access, **posted(request))
    return ask(request, act, form, limit)


def _request_facts(request: PortfolioRequest) -> list[tuple[str, str]]:
    waiting = open_request(request.tenant)
    if waiting is None:
        return []
    return [("Asked by", waiting.requested_by_label), ("Reason given", waiting.reason)]


def _suspending(request: PortfolioRequest) -> Act:
    active = keys_of(request).active()
    number, in_use = active.count(), in_use_now(active)
    sentences = ["Every key of the account stops at once and is kept. Restoring brings it back."]
    if request.actor.operates:
        sentences.append("Since you are an operator, only an operator can restore it.")
    return Act(
        title="Suspend API access?",
        guide="suspend",
        submit="Suspend API access",
        danger=True,
        facts=[
            ("Keys that stop", number_of_keys(number, "active").capitalize()),
            ("Used in the last hour", number_of_keys(in_use).capitalize()),
        ],
        warning=f"{_programs_use(in_use)} Their next request will be refused." if in_use else "",
        sentences=sentences,
    )


def _taking_over() -> Act:
    return Act(
        title="Take this suspension over?",
        guide="suspend",
        submit="Take it over",
        danger=True,
        sentences=[
            "The account is suspended already, so every key is refused as before. From now on only "
            "an operator can restore it, and both texts are replaced by yours."
        ],
    )


def _programs_use(number: int) -> str:
    return (
        "Programs used 1 of these keys in the last hour."
        if number == 1
        else f"Programs used {number} of these keys in the last hour."
    )
