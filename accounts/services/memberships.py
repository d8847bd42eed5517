"""The verbs of memberships."""

from accounts import audit
from accounts.actor import Actor
from accounts.errors import GrantRefused
from accounts.events import AccountEvent
from accounts.models import Membership, Tenant, User
from accounts.roles import Permission, Role
from accounts.services.verbs import require, verb
from accounts.tenancy import lock_tenant


@verb(AccountEvent.MEMBER_ADDED, about="tenant")
def add_member(*, actor: Actor, tenant: Tenant, user: User, role: Role) -> Membership:
    """Make `user` a member of `tenant` with `role`, or give a current member that role.

    Refused without the permission to manage members, and for a role that may do more than the
    actor's own.
    """
    tenant = lock_tenant(tenant)
    actor = actor.reread()
    require(actor, Permission.MANAGE_MEMBERS, tenant)
    if not actor.may_grant(role, tenant):
        raise GrantRefused(role, actor.role_in(tenant))
    membership, _ = Membership.objects.update_or_create(
        tenant=tenant, user=user, ended_at=None, defaults={"role": role}
    )
    audit.record(actor, AccountEvent.MEMBER_ADDED, tenant, member=user.display_name, role=str(role))
    return membership
