"""Members of a tenant: who is in it, and changing a role, removing somebody, leaving."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import TenantRequest, tenant_page
from accounts.clock import database_now
from accounts.models import Invitation, Membership
from accounts.numbers import plural
from accounts.pages.acts import Act, Fact, ask, place, posted
from accounts.pages.answers import done, done_elsewhere, page_methods, page_or_partial
from accounts.pages.forms import MemberRoleForm, NothingForm
from accounts.pages.frame import guide_link, members_frame, tenant_frame, tenant_url
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
    context |= tenant_frame(request, "members")
    return page_or_partial(request, "accounts/member_list.html", "member-table", context)


@page_methods
@tenant_page(Permission.MANAGE_MEMBERS)
@never_cache
def member_role(request: TenantRequest, member_id: str) -> HttpResponse:
    """Another role for a member; admin is asked for twice. 409 for the last admin."""
    membership = _find_member(request, member_id)
    own, member = _is_own(request, membership), member_row(request.tenant, membership)

    def change(data: dict[str, Any]) -> HttpResponse:
        role, url = Role(data["role"]), tenant_url(request, "member_list")
        change_member_role(actor=request.actor, membership=membership, role=role)
        label = member_role_label(request.tenant, role)
        if own:
            _stay_signed_in(request)
            return done_elsewhere(request, f"You are now {label}.", url)
        return done(request, f"{member.name} is now {label}.", url)

    act = Act(
        title="Change role",
        tab=f"Change role of {member.name}",
        submit="Change role",
        lead=format_html(
            "<strong>{}</strong>{} is {} of <strong>{}</strong> now. {}",
            member.name,
            f", {member.email}," if member.name != member.email else "",
            member.role_label,
            request.tenant.name,
            "This is you: with less than everything you cannot undo it yourself."
            if own
            else "They are signed out everywhere, and the new role counts when they sign in again.",
        ),
    )
    form = MemberRoleForm(**posted(request), initial={"role": membership.role})
    return ask(request, act, form, change, members_frame(request))


@page_methods
@tenant_page(Permission.MANAGE_MEMBERS, stops=True)
@never_cache
def member_remove(request: TenantRequest, member_id: str) -> HttpResponse:
    """Ask, then end somebody's membership; their keys stay. One's own is left, not removed."""
    tenant, membership = request.tenant, _find_member(request, member_id)
    name = membership.user.display_name

    def remove(_: dict[str, Any]) -> HttpResponse:
        remove_member(actor=request.actor, membership=membership)
        if _is_own(request, membership):
            return _left(request)
        text = f"{name} was removed. Their keys stay."
        return done(request, text, tenant_url(request, "member_list"))

    act = Act(
        title="Remove this member?",
        tab=f"Remove {name}",
        submit="Remove member",
        danger=True,
        keep="Keep them",
        facts=_facts(request, membership),
        sentences=[
            format_html(
                "They are signed out everywhere and can open this {} no more. The keys that they "
                "created stay and keep working: delete those that nobody needs. To let them in "
                "again, invite them again. {}",
                tenant_noun(tenant),
                guide_link(tenant, "colleague-left", "When a colleague leaves"),
            )
        ],
    )
    return ask(request, act, NothingForm(**posted(request)), remove, members_frame(request))


@page_methods
@tenant_page(Permission.READ_KEYS, stops=True)
@never_cache
def member_leave(request: TenantRequest) -> HttpResponse:
    """Ask, then end one's own membership. 409 for the last admin."""
    tenant = request.tenant
    membership = _find_member(request, request.actor.user.public_id)

    def leave(_: dict[str, Any]) -> HttpResponse:
        leave_tenant(actor=request.actor, membership=membership)
        return _left(request)

    act = Act(
        title=f"Leave {tenant.name}?",
        tab=f"Leave {tenant.name}",
        submit="Leave",
        danger=True,
        keep="Stay",
        facts=_facts(request, membership),
        sentences=[
            f"You can open this {tenant_noun(tenant)} no more, until somebody invites you again. "
            "The keys that you created stay and keep working."
        ],
    )
    return ask(request, act, NothingForm(**posted(request)), leave, members_frame(request))


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


def _is_own(request: TenantRequest, membership: Membership) -> bool:
    return membership.user_id == request.actor.user.pk


def _facts(request: TenantRequest, membership: Membership) -> list[Fact]:
    """Whom and what a question about a member hits."""
    member = member_row(request.tenant, membership)
    email = member.email if member.email != member.name else ""
    person = format_html('<strong>{}</strong> <span class="minor">{}</span>', member.name, email)
    return [("Person", person), ("Role", member.role_label), *place(request.tenant)]


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
    """Keep this session: the verb ends all sessions of the person, also the one that asked."""
    request.actor.user.refresh_from_db()
    update_session_auth_hash(request, request.actor.user)


def _left(request: TenantRequest) -> HttpResponse:
    _stay_signed_in(request)
    noun = tenant_noun(request.tenant)
    text = f"You left the {noun} {request.tenant.name}. The keys that you created stay."
    return done_elsewhere(request, text, reverse("home"))
