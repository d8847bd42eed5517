"""A tenant as its relationship manager sees it: access, keys without secrets, people, activity."""

from datetime import datetime
from typing import Any

from django.db.models import Case, When
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import PortfolioRequest, portfolio_page
from accounts.clock import database_now
from accounts.models import AuditEvent, Invitation, Membership, Outcome
from accounts.roles import Permission, Role
from apikeys.events import AccessEvent
from apikeys.models import AccessRequest, AccessState, ApiAccess, KeyStatus
from apikeys.pages.account.answers import page_or_partial
from apikeys.pages.account.key_rows import KeyPresenter
from apikeys.pages.history_words import trail_text
from apikeys.pages.portfolio.acts import keys_of
from apikeys.pages.portfolio.rows import ACCESS_LABELS, manager_name, waited
from apikeys.pages.words import exact, relative, role_label
from apikeys.services.api_access import access_of, can_suspend, open_request, restore_refusal
from apikeys.services.key_limit import Slots

KEYS_SHOWN = 200
PEOPLE_SHOWN = 100
EVENTS_SHOWN = 30
"""Rows of each part of the page at most; it says so where there are more."""
ACTS = (
    "approve",
    "decline",
    "enable",
    "suspend",
    "restore",
    "revoke_all",
    "limit",
    "hand_over",
    "invite_admin",
)


@require_safe
@portfolio_page(Permission.READ_KEYS)
def portfolio_tenant(request: PortfolioRequest) -> HttpResponse:
    """Everything about one tenant that helps to decide about it or to support it."""
    tenant, now = request.tenant, database_now()
    access = access_of(tenant)
    members = _members(request)
    context = {
        "staff_nav": "portfolio",
        "tenant": tenant,
        "may": {str(p): request.actor.may(p, tenant) for p in Permission},
        "own_account": _own_account(request),
        "access": _access(access, now),
        "can_suspend": can_suspend(request.actor, access),
        "restore_refused": _restore_refused(request, access),
        "request_open": _open_request(request, access, now),
        "manager": manager_name(tenant.relationship_manager),
        "manager_email": getattr(tenant.relationship_manager, "email", ""),
        "members": members,
        "has_admin": any(member["admin"] for member in members),
        "invitations": _invitations(request, now),
        "access_history": _history(request, list(AccessEvent)),
        "activity": _history(request),
        "urls": _urls(request),
        **_keys(request, access, now),
    }
    return page_or_partial(request, "apikeys/portfolio_tenant.html", "tenant-facts", context)


def _urls(request: PortfolioRequest) -> dict[str, str]:
    tenant_id = request.tenant.public_id
    acts = {act: reverse(f"portfolio_{act}", args=[tenant_id]) for act in ACTS}
    return acts | {"list": reverse("portfolio")}


def _own_account(request: PortfolioRequest) -> dict[str, str] | None:
    """Why a member of the account decides nothing here, and where they act; None for others."""
    actor, tenant = request.actor, request.tenant
    if actor.may(Permission.DECIDE_ACCESS, tenant):
        return None
    return {
        "text": actor.refusal(Permission.DECIDE_ACCESS, tenant).message,
        "url": reverse("overview", args=[tenant.public_id]),
    }


def _restore_refused(request: PortfolioRequest, access: ApiAccess) -> str:
    """Why the person cannot restore the account, in words; "" if they can, or need not."""
    if access.state != AccessState.SUSPENDED:
        return ""
    refusal = restore_refusal(request.actor, request.tenant, access)
    return refusal.message if refusal is not None else ""


def _access(access: ApiAccess, now: datetime) -> dict[str, str]:
    return {
        "state": access.state,
        "label": ACCESS_LABELS[access.state],
        "since": relative(access.changed_at, now),
        "since_exact": exact(access.changed_at),
        "client_text": access.client_text,
        "internal_note": access.internal_note,
    }


def _open_request(
    request: PortfolioRequest, access: ApiAccess, now: datetime
) -> dict[str, str] | None:
    waiting: AccessRequest | None = None
    if access.state == AccessState.REQUESTED:
        waiting = open_request(request.tenant)
    if waiting is None:
        return None
    return {
        "reason": waiting.reason,
        "asked_by": waiting.requested_by_label,
        "waiting": waited(waiting.requested_at, now),
        "requested_exact": exact(waiting.requested_at),
    }


def _keys(request: PortfolioRequest, access: ApiAccess, now: datetime) -> dict[str, Any]:
    """The keys that are not deleted, newest first, and how many slots they take."""
    keys = keys_of(request).filter(revoked_at=None).select_related("usage").order_by("-created_at")
    found = list(keys[: KEYS_SHOWN + 1])
    rows = KeyPresenter(request.actor, request.tenant, now).rows(found[:KEYS_SHOWN])
    active = sum(row.status == KeyStatus.ACTIVE for row in rows)
    if len(found) > KEYS_SHOWN:
        active = keys_of(request).active().count()
    return {
        "rows": rows,
        "more_keys": len(found) > KEYS_SHOWN,
        "slots": Slots(active, access.key_limit),
    }


def _members(request: PortfolioRequest) -> list[dict[str, Any]]:
    memberships = Membership.objects.current().visible_to(request.actor)
    found = memberships.filter(tenant=request.tenant).select_related("user")
    admins_first = Case(When(role=Role.ADMIN, then=0), default=1)
    return [
        {
            "name": membership.user.display_name,
            "email": membership.user.email,
            "role_label": role_label(membership.role),
            "admin": membership.role == Role.ADMIN,
            "since_exact": exact(membership.created_at),
        }
        for membership in found.order_by(admins_first, "user__email")[:PEOPLE_SHOWN]
    ]


def _invitations(request: PortfolioRequest, now: datetime) -> list[dict[str, Any]]:
    invitations = Invitation.objects.open().visible_to(request.actor)
    return [
        {
            "email": invitation.email,
            "role_label": role_label(invitation.role),
            "invited_by": invitation.invited_by_label,
            "expired": invitation.expires_at <= now,
            "expires_exact": exact(invitation.expires_at),
        }
        for invitation in invitations.filter(tenant=request.tenant).order_by("-pk")[:PEOPLE_SHOWN]
    ]


def _history(
    request: PortfolioRequest, events: list[AccessEvent] | None = None
) -> list[dict[str, str]]:
    """The newest events of the tenant; with `events`, those of these that were not refused."""
    found = AuditEvent.objects.visible_to(request.actor).filter(tenant=request.tenant)
    if events is not None:
        found = found.filter(event__in=events, outcome=Outcome.DONE)
    return [
        {
            "when_exact": exact(event.at),
            "what": trail_text(event),
            "who": event.actor_label,
        }
        for event in found.order_by("-pk")[:EVENTS_SHOWN]
    ]
