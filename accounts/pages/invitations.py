"""Invitations: sending them, as an admin, and answering one, as whoever was invited."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts.access import TenantRequest, person, tenant_page
from accounts.actor import SystemActor
from accounts.clock import database_now
from accounts.errors import InvitationGone, TooManyAtOnce
from accounts.known_devices import remember_device
from accounts.models import Invitation
from accounts.pages.acts import Act, Fact, ask, place, posted
from accounts.pages.answers import (
    CONFLICT,
    UNPROCESSABLE,
    done,
    done_elsewhere,
    page_methods,
    wait_said,
)
from accounts.pages.forms import InviteForm, NewPersonForm, NothingForm
from accounts.pages.frame import members_frame, tenant_url
from accounts.pages.member_rows import invitation_row
from accounts.pages.words import exact, member_role_label, role_choices, tenant_noun
from accounts.roles import Permission, Role
from accounts.services.invitations import (
    accept_invitation,
    cancel_invitation,
    find_invitation,
    has_sign_in,
    has_verified,
    invite_member,
    is_kept,
    join_as_new_person,
    resend_invitation,
)

GONE = 410
SIGN_IN_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NEWCOMER = SystemActor("invitation")
"""Who acts while the person who accepts does not exist yet."""


@page_methods
@tenant_page(Permission.MANAGE_MEMBERS)
@never_cache
def member_invite(request: TenantRequest) -> HttpResponse:
    """Invite somebody by email with a role; admin is asked for twice."""
    tenant = request.tenant

    def invite(data: dict[str, Any]) -> HttpResponse:
        role = Role(data["role"])
        sent = invite_member(actor=request.actor, tenant=tenant, email=data["email"], role=role)
        return done(request, f"{sent.email} was invited.", tenant_url(request, "member_list"))

    act = Act(
        title="Invite somebody",
        submit="Send invitation",
        lead=format_html(
            "They get a link by mail, good once and for 7 days, and become a member of the {} "
            "<strong>{}</strong> in <strong>{}</strong> when they accept.",
            tenant_noun(tenant),
            tenant.name,
            settings.ENVIRONMENT_NAME,
        ),
    )
    return ask(request, act, InviteForm(**posted(request)), invite, members_frame(request))


@page_methods
@tenant_page(Permission.MANAGE_MEMBERS)
@never_cache
def invitation_resend(request: TenantRequest, invitation_id: UUID) -> HttpResponse:
    """Ask, then send a new link; the old one ends."""
    return _ask(
        request,
        _find_invitation(request, invitation_id),
        resend_invitation,
        "The invitation was sent again to {}.",
        title="Send this invitation again?",
        submit="Send again",
        keep="Not now",
        sentences=[
            "A new link goes to this address, good once and for 7 days. The link that was sent "
            "before ends."
        ],
    )


@page_methods
@tenant_page(Permission.MANAGE_MEMBERS, stops=True)
@never_cache
def invitation_cancel(request: TenantRequest, invitation_id: UUID) -> HttpResponse:
    """Ask, then take the invitation back; its link ends."""
    return _ask(
        request,
        _find_invitation(request, invitation_id),
        cancel_invitation,
        "The invitation of {} was cancelled.",
        title="Cancel this invitation?",
        submit="Cancel invitation",
        keep="Keep it",
        danger=True,
        sentences=[
            "The link that was sent ends, and this person does not become a member. You can "
            "invite them again later."
        ],
    )


def _find_invitation(request: TenantRequest, invitation_id: UUID) -> Invitation:
    """The tenant's invitation of this public id, open or not, or 404."""
    sent = Invitation.objects.visible_to(request.actor).filter(tenant=request.tenant)
    return get_object_or_404(sent.select_related("tenant"), public_id=invitation_id)


def _ask(
    request: TenantRequest,
    invitation: Invitation,
    verb: Callable[..., Invitation],
    said: str,
    **words: Any,
) -> HttpResponse:
    """Ask with these `words`, then let the verb act on the invitation, if that is still open."""
    members = tenant_url(request, "member_list")
    too_late = f"The invitation of {invitation.email} was accepted or cancelled already."

    def perform(_: dict[str, Any]) -> HttpResponse:
        try:
            verb(actor=request.actor, invitation=invitation)
        except InvitationGone:
            return done(request, too_late, members)
        return done(request, said.format(invitation.email), members)

    if not invitation.is_open:
        return done(request, too_late, members)
    row = invitation_row(request.tenant, invitation, database_now())
    facts: list[Fact] = [
        ("Email", format_html("<strong>{}</strong>", row.email)),
        ("Role", row.role_label),
        *place(request.tenant),
        ("Good until", row.expires),
    ]
    form = NothingForm(**posted(request))
    return ask(request, Act(facts=facts, **words), form, perform, members_frame(request))


class Standing(StrEnum):
    """How whoever opens an invitation's link stands to it; each has its part of the page."""

    INVITED = "invited"
    """Signed in, and the invited email is proved to be theirs."""
    SOMEBODY_ELSE = "somebody_else"
    SIGNED_OUT = "signed_out"
    """Nobody is signed in, and the email has a sign-in."""
    NEW = "new"
    """Nobody is signed in, and the email has no sign-in yet: the link proves it."""


@login_not_required
@page_methods
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation; only a POST accepts it, since mail scanners follow links.

    410 when the link was used, cancelled, replaced or is too old; 409 for a POST of somebody who
    cannot accept. The address holds the token, so no other page learns it: no Referer beyond the
    origin. (`no-referrer` would make browsers send `Origin: null` with the form, which the CSRF
    check refuses.)
    """
    found = find_invitation(token)
    answer = _gone(request) if found is None else _answer(request, found)
    answer["Referrer-Policy"] = "strict-origin"
    return answer


def _answer(request: HttpRequest, found: Invitation) -> HttpResponse:
    standing = _standing(request, found)
    if request.method != "POST":
        form = NewPersonForm(email=found.email) if standing == Standing.NEW else None
        return _show(request, found, standing, form)
    try:
        match standing:
            case Standing.INVITED:
                accept_invitation(actor=person(request), invitation=found)
            case Standing.NEW:
                form = NewPersonForm(request.POST, email=found.email)
                if not form.is_valid():
                    return _show(request, found, standing, form, UNPROCESSABLE)
                try:
                    _join(request, found, form)
                except TooManyAtOnce as refusal:
                    form.add_error(None, refusal.message)
                    return wait_said(_show(request, found, standing, form), refusal)
            case _:
                return _show(request, found, standing, None, CONFLICT)
    except InvitationGone:
        return _gone(request)
    url = reverse("overview", args=[found.tenant.public_id])
    answer = done_elsewhere(request, f"Welcome to {found.tenant.name}.", url)
    if standing == Standing.NEW:
        remember_device(request, answer, person(request).user)
    return answer


def _join(request: HttpRequest, found: Invitation, form: NewPersonForm) -> None:
    """Make the person a member and sign them in."""
    user = join_as_new_person(
        actor=NEWCOMER,
        invitation=found,
        name=form.cleaned_data["name"],
        password=form.cleaned_data["password"],
    )
    login(request, user, backend=SIGN_IN_BACKEND)


def _standing(request: HttpRequest, found: Invitation) -> Standing:
    if request.user.is_authenticated:
        own = has_verified(person(request).user, found.email)
        return Standing.INVITED if own else Standing.SOMEBODY_ELSE
    return Standing.SIGNED_OUT if has_sign_in(found.email) else Standing.NEW


def _show(
    request: HttpRequest,
    found: Invitation,
    standing: Standing,
    form: NewPersonForm | None,
    status: int = 200,
) -> HttpResponse:
    tenant = found.tenant
    context = {
        "standing": str(standing),
        "form": form,
        "account": tenant,  # not `tenant`: the frame would link pages of it
        "account_noun": tenant_noun(tenant),
        "role_label": member_role_label(tenant, found.role),
        "role_text": dict(role_choices())[found.role],
        "invited_by": found.invited_by_label,
        "email": found.email,
        "kept": is_kept(found.email),
        "expires": exact(found.expires_at),
        "sign_in_url": f"{reverse('account_login')}?{urlencode({'next': request.path})}",
    }
    return render(request, "accounts/invitation.html", context, status=status)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/invitation_gone.html", status=GONE)
