"""The verbs of memberships. Each takes the tenant's lock first, like every verb of a tenant."""

from accounts import audit
from accounts.actor import Actor, PersonActor, StaffActor, SystemActor
from accounts.clock import database_now
from accounts.errors import LastAdmin, Refused
from accounts.events import AccountEvent
from accounts.models import Membership, Tenant, User
from accounts.roles import Permission, Role
from accounts.services.first_admins import end_staff_invitations
from accounts.services.people import end_sessions
from accounts.services.verbs import enter, require_grant, verb


@verb(AccountEvent.MEMBER_ADDED, about="tenant")
def add_member(*, actor: Actor, tenant: Tenant, user: User, role: Role) -> Membership:
    """Make `user` a member of `tenant` with `role`, or give a current member that role.

    Refused without the permission to manage members, for a role that may do more than the
    actor's own, and where it would demote the last admin.
    """
    tenant, actor = enter(actor, tenant, Permission.MANAGE_MEMBERS)
    require_grant(actor, role, tenant)
    current = Membership.objects.filter(tenant=tenant, user=user, ended_at=None).first()
    if current is not None and current.role != role:
        _keep_an_admin(actor, current)
    membership, _ = Membership.objects.update_or_create(
        tenant=tenant, user=user, ended_at=None, defaults={"role": role}
    )
    audit.record(actor, AccountEvent.MEMBER_ADDED, tenant, member=user.display_name, role=str(role))
    if role == Role.ADMIN:
        end_staff_invitations(actor=actor, tenant=tenant)
    return membership


@verb(AccountEvent.MEMBER_ROLE_CHANGED, about="membership")
def change_member_role(*, actor: Actor, membership: Membership, role: Role) -> Membership:
    """Give a member another role; the same again changes nothing. Their sessions end.

    The last admin cannot be demoted but by platform staff. Raises `LastAdmin`, `GrantRefused`,
    `PermissionRefused`.
    """
    tenant, actor = enter(actor, membership.tenant, Permission.MANAGE_MEMBERS)
    membership = _current(membership)
    if membership.role == role:
        return membership
    require_grant(actor, role, tenant)
    _keep_an_admin(actor, membership)
    was, membership.role = membership.role, str(role)
    membership.save(update_fields=["role"])
    end_sessions(membership.user)
    audit.record(
        actor, AccountEvent.MEMBER_ROLE_CHANGED, membership, role={"from": was, "to": str(role)}
    )
    if role == Role.ADMIN:
        end_staff_invitations(actor=actor, tenant=tenant)
    return membership


@verb(AccountEvent.MEMBER_REMOVED, about="membership")
def remove_member(*, actor: Actor, membership: Membership) -> Membership:
    """End somebody's membership; their keys stay. The last admin only by platform staff."""
    _, actor = enter(actor, membership.tenant, Permission.MANAGE_MEMBERS)
    membership = _current(membership)
    _keep_an_admin(actor, membership)
    return _end(actor, AccountEvent.MEMBER_REMOVED, membership)


@verb(AccountEvent.MEMBER_LEFT, about="membership")
def leave_tenant(*, actor: PersonActor, membership: Membership) -> Membership:
    """End one's own membership, with whatever role. The last admin cannot leave."""
    _, actor = enter(actor, membership.tenant, None)
    membership = _current(membership)
    if membership.user_id != actor.user.pk:
        raise Refused("You can only leave an account yourself.")
    _keep_an_admin(actor, membership)
    return _end(actor, AccountEvent.MEMBER_LEFT, membership)


def _current(membership: Membership) -> Membership:
    """The membership as it is under the lock; refused once it has ended."""
    found = Membership.objects.filter(pk=membership.pk, ended_at=None)
    fresh = found.select_related("user", "tenant").first()
    if fresh is None:
        raise Refused("This person is no member any more.")
    return fresh


def _keep_an_admin(actor: Actor, membership: Membership) -> None:
    """Refuse to take the last admin away, unless the platform does it on purpose."""
    if membership.role != Role.ADMIN or isinstance(actor, StaffActor | SystemActor):
        return
    admins = Membership.objects.current().filter(tenant=membership.tenant, role=Role.ADMIN)
    if not admins.exclude(pk=membership.pk).exists():
        raise LastAdmin


def _end(actor: Actor, event: AccountEvent, membership: Membership) -> Membership:
    membership.ended_at = database_now()
    membership.save(update_fields=["ended_at"])
    end_sessions(membership.user)
    audit.record(actor, event, membership, role=membership.role)
    return membership
