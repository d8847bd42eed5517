"""Members of a tenant: who is in it, and changing a role, removing somebody, leaving."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import TenantRequest, tenant_page
from accounts.clock import database_now
from accounts.errors import Refused
from accounts.models import Invitation, Membership
from accounts.numbers import plural
from accounts.pages.answers import CONFLICT, UNPROCESSABLE, done, done_elsewhere, page_methods
from accounts.pages.forms import MemberRoleForm
from accounts.pages.frame import members_page, tenant_url
from accounts.pages.member_rows import invitation_row, member_row
from accounts.pages.words import member_role_label, tenant_noun
from accounts.roles import Permission, Role
from accounts.services.memberships import change_member_role, leave_tenant, remove_member


@require_safe
@tenant_page(Permission.READ_KEYS)
def member_list(request: TenantRequest) -> HttpResponse:
    """Everybody in the tenant, for its admins; for the others, which admins they can ask."""
    manages = request.actor.may(Permission.MANAGE_MEMBERS, request.tenant)
    context = _everybody(request) if manages else _admins_to_ask(request)
    context |= {
        "own_role": member_role_label(request.tenant, request.actor.role_in(request.tenant)),
        "urls": {
            "list": tenant_url(request, "member_list"),
            "invite": tenant_url(request, "member_invite"),
            "leave": tenant_url(request, "member_leave"),
        },
    }
    return members_page(request, ("accounts/member_list.html", "member-table"), context)


@page_methods
@tenant_page(Permission.MANAGE_MEMBERS)
@never_cache
def member_role(request: TenantRequest, member_id: str) -> HttpResponse:
    """Another role for a member; admin is asked for twice. 409 for the last admin."""
    membership = _find_member(request, member_id)
    page = ("accounts/member_role.html", "member-role-form")
    context = _about(request, membership)
    initial = {"role": membership.role}
    if request.method != "POST":
        return members_page(request, page, context | {"form": MemberRoleForm(initial=initial)})
    form = MemberRoleForm(request.POST, initial=initial)
    if not form.is_valid():
        return members_page(request, page, context | {"form": form}, UNPROCESSABLE)
    role = Role(form.cleaned_data["role"])
    try:
        change_member_role(actor=request.actor, membership=membership, role=role)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return members_page(request, page, context | {"form": form}, CONFLICT)
    label = member_role_label(request.tenant, role)
    url = tenant_url(request, "member_list")
    if context["own"]:
        _stay_signed_in(request)
        return done_elsewhere(request, f"You are now {label}.", url)
    return done(request, f"{membership.user.display_name} is now {label}.", url)


@page_methods
@tenant_page(Permission.MANAGE_MEMBERS, stops=True)
@never_cache
def member_remove(request: TenantRequest, member_id: str) -> HttpResponse:
    """Ask, then end somebody's membership; their keys stay. One's own is left, not removed."""
    membership = _find_member(request, member_id)
    page = ("accounts/member_remove.html", "remove-form")
    context = _about(request, membership)
    if request.method != "POST":
        return members_page(request, page, context)
    try:
        remove_member(actor=request.actor, membership=membership)
    except Refused as refusal:
        return members_page(request, page, context | {"refused": refusal.message}, CONFLICT)
    if context["own"]:
        return _left(request)
    text = f"{membership.user.display_name} was removed. Their keys stay."
    return done(request, text, tenant_url(request, "member_list"))


@page_methods
@tenant_page(Permission.READ_KEYS, stops=True)
@never_cache
def member_leave(request: TenantRequest) -> HttpResponse:
    """Ask, then end one's own membership. 409 for the last admin."""
    membership = _find_member(request, request.actor.user.public_id)
    page = ("accounts/member_leave.html", "leave-form")
    context = _about(request, membership)
    if request.method != "POST":
        return members_page(request, page, context)
    try:
        leave_tenant(actor=request.actor, membership=membership)
    except Refused as refusal:
        return members_page(request, page, context | {"refused": refusal.message}, CONFLICT)
    return _left(request)


def _current(request: TenantRequest) -> QuerySet[Membership]:
    return (
        Membership.objects.current()
        .visible_to(request.actor)
        .filter(tenant=request.tenant)
        .select_related("user", "tenant")
    )


def _find_member(request: TenantRequest, member_id: str) -> Membership:
    """The tenant's current member of this public id, or 404."""
    try:
        return _current(request).get(user__public_id=member_id)
    except Membership.DoesNotExist:
        raise Http404 from None


def _about(request: TenantRequest, membership: Membership) -> dict[str, Any]:
    return {
        "member": member_row(request.tenant, membership),
        "own": membership.user_id == request.actor.user.pk,
    }


def _everybody(request: TenantRequest) -> dict[str, Any]:
    name = Coalesce(NullIf("user__name", Value("")), "user__email")
    members = list(_current(request).order_by(Lower(name), "pk"))
    invitations = Invitation.objects.visible_to(request.actor).filter(tenant=request.tenant)
    now = database_now()
    return {
        "rows": [member_row(request.tenant, membership) for membership in members],
        "own_id": request.actor.user.public_id,
        "result": plural(len(members), "member"),
        "invitations": [
            invitation_row(request.tenant, invitation, now)
            for invitation in invitations.open().order_by("-pk")
        ],
    }


def _admins_to_ask(request: TenantRequest) -> dict[str, Any]:
    """Names alone: an email is about a user, so an admin who gave no name is only counted."""
    admins = _current(request).filter(role=Role.ADMIN).order_by(Lower("user__name"), "pk")
    names = [membership.user.name for membership in admins]
    return {"admins": [name for name in names if name], "nameless": names.count("")}


def _stay_signed_in(request: TenantRequest) -> None:
    """Keep this session: the verb ends every session of who changes, also the one that asked."""
    request.actor.user.refresh_from_db()
    update_session_auth_hash(request, request.actor.user)


def _left(request: TenantRequest) -> HttpResponse:
    _stay_signed_in(request)
    noun = tenant_noun(request.tenant)
    text = f"You left the {noun} {request.tenant.name}. The keys that you created stay."
    return done_elsewhere(request, text, reverse("home"))
