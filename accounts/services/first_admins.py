"""The first admin of a tenant: the only member whom the platform invites.

From then on the tenant's own admins decide who joins, so what the platform has sent ends.
"""

from accounts import audit
from accounts.actor import Actor
from accounts.clock import database_now
from accounts.errors import Invalid
from accounts.events import AccountEvent
from accounts.models import Invitation, Membership, Tenant
from accounts.roles import Role


def has_admin(tenant: Tenant) -> bool:
    """Whether somebody administers the tenant now. Binding only under the tenant's lock."""
    return Membership.objects.current().filter(tenant=tenant, role=Role.ADMIN).exists()


def require_no_admin(tenant: Tenant) -> None:
    """Raise `Invalid` where an admin can invite: the platform then invites nobody."""
    if has_admin(tenant):
        raise Invalid({"email": "This account has an admin, who can invite others."})


def end_staff_invitations(*, actor: Actor, tenant: Tenant) -> None:
    """End what the platform has sent: the tenant has an admin now, or another manager.

    Every verb that makes somebody an admin ends with this, under the tenant's lock. `actor` is
    whoever made them one, or handed the tenant over.
    """
    for invitation in Invitation.objects.open().filter(tenant=tenant, invited_as_staff=True):
        invitation.cancelled_at = database_now()
        invitation.save(update_fields=["cancelled_at"])
        audit.record(actor, AccountEvent.INVITATION_ENDED, invitation)
