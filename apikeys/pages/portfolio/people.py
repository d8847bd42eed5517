"""Whose tenant it is: onboarding, the first admin's invitation, handing over."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.access import PortfolioRequest, StaffRequest, portfolio_page, staff_page
from accounts.errors import AlreadyOpened, Invalid
from accounts.pages.acts import Act, posted
from accounts.pages.answers import UNPROCESSABLE, page_methods
from accounts.roles import Permission
from accounts.services.invitations import invite_first_admin
from accounts.services.tenants import hand_over_tenant
from apikeys.pages.account.answers import SeeOther
from apikeys.pages.portfolio.acts import ask, tenant_url
from apikeys.pages.portfolio.forms import HandOverForm, InviteAdminForm, OnboardForm
from apikeys.services.onboarding import onboard_tenant


@page_methods
@staff_page
def portfolio_new(request: StaffRequest) -> HttpResponse:
    """Onboard a tenant: name, kind, and the first admin, who gets an invitation."""
    form = OnboardForm(**posted(request), initial={"public_id": OnboardForm.new_public_id()})
    if request.method == "POST" and form.is_valid():
        try:
            tenant = onboard_tenant(actor=request.actor, **form.cleaned_data)
        except Invalid as refusal:
            form.show(refusal)
        except AlreadyOpened as refusal:
            messages.info(request, f"{refusal.message} Nothing was opened twice.")
            return SeeOther(reverse("portfolio_tenant", args=[refusal.public_id]))
        else:
            invited = form.cleaned_data["admin_email"].strip().lower()
            messages.success(request, f"{tenant.name} was opened. {invited} is invited by mail.")
            return SeeOther(tenant_url(tenant))
    context = {
        "staff_nav": "portfolio",
        "form": form,
        "cancel_url": reverse("portfolio"),
        "operates": request.actor.operates,
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "apikeys/portfolio_new.html", context, status=status)


@page_methods
@portfolio_page(Permission.INVITE_FIRST_ADMIN)
def portfolio_invite_admin(request: PortfolioRequest) -> HttpResponse:
    """Invite an admin to a tenant that has none; its admins invite everybody else."""

    def invite(data: dict[str, Any]) -> str:
        invitation = invite_first_admin(actor=request.actor, tenant=request.tenant, **data)
        return f"{invitation.email} is invited as an admin of {request.tenant.name}."

    act = Act(
        title="Invite the first admin",
        guide="onboard",
        submit="Send invitation",
        sentences=["An invitation to the same address that is still open ends with this one."],
    )
    return ask(request, act, InviteAdminForm(**posted(request)), invite)


@page_methods
@portfolio_page(Permission.HAND_OVER_TENANTS)
def portfolio_hand_over(request: PortfolioRequest) -> HttpResponse:
    """Give the tenant to another relationship manager."""
    tenant, now = request.tenant, request.tenant.relationship_manager

    def hand_over(data: dict[str, Any]) -> str:
        hand_over_tenant(actor=request.actor, tenant=tenant, manager=data["manager"])
        return f"{tenant.name} is in the portfolio of {data['manager'].display_name} now."

    act = Act(
        title="Hand over this account",
        guide="hand-over",
        submit="Hand over",
        facts=[("Relationship manager now", now.display_name if now else "Nobody")],
        sentences=[
            "The new relationship manager decides about the account from now on; "
            "the one it had no longer sees it."
        ],
    )
    form = HandOverForm(tenant=tenant, **posted(request))
    return ask(request, act, form, hand_over)
