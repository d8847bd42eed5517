"""Members and invitations as pages show them: every string made ready in Python."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import Invitation, Membership, Tenant
from accounts.pages.words import exact, member_role_label, relative


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member, ready to show to who may read about users."""

    public_id: str
    name: str
    email: str
    role_label: str
    since: str
    role_url: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """One open invitation, ready to show."""

    public_id: str
    email: str
    role_label: str
    invited_by: str
    expired: bool
    expires: str
    resend_url: str
    cancel_url: str


def member_row(tenant: Tenant, membership: Membership) -> MemberRow:
    """A membership with its person selected."""
    user = membership.user
    address = [tenant.public_id, user.public_id]
    return MemberRow(
        public_id=user.public_id,
        name=user.display_name,
        email=user.email,
        role_label=member_role_label(tenant, membership.role),
        since=exact(membership.created_at),
        role_url=reverse("member_role", args=address),
        remove_url=reverse("member_remove", args=address),
    )


def invitation_row(tenant: Tenant, invitation: Invitation, now: datetime) -> InvitationRow:
    """An open invitation; past its time it stays open until somebody sends or cancels it."""
    expired = invitation.expires_at <= now
    ends = relative(invitation.expires_at, now)
    address = [tenant.public_id, invitation.public_id]
    return InvitationRow(
        public_id=str(invitation.public_id),
        email=invitation.email,
        role_label=member_role_label(tenant, invitation.role),
        invited_by=invitation.invited_by_label,
        expired=expired,
        expires=f"Ended {ends}" if expired else exact(invitation.expires_at),
        resend_url=reverse("invitation_resend", args=address),
        cancel_url=reverse("invitation_cancel", args=address),
    )
