"""The verbs of tenants."""

from accounts import audit
from accounts.actor import Actor, StaffActor
from accounts.errors import Invalid
from accounts.events import AccountEvent
from accounts.models import Membership, Tenant, User
from accounts.roles import Permission, StaffRole
from accounts.services.first_admins import end_staff_invitations
from accounts.services.verbs import enter, verb
from accounts.text_rules import one_line


def create_tenant(  # noqa: PLR0913  # a tenant is all of these
    *,
    actor: Actor,
    name: str,
    kind: str,
    contact_email: str = "",
    relationship_manager: User | None = None,
    public_id: str | None = None,
) -> Tenant:
    """Create a tenant, with its event. Called within the transaction of a larger verb.

    `public_id` is given for imported tenants only. The larger verb says who may do this.
    """
    identity = {"public_id": public_id} if public_id else {}
    tenant = Tenant.objects.create(
        name=one_line(name),
        kind=kind,
        contact_email=one_line(contact_email).lower(),
        relationship_manager=relationship_manager,
        **identity,
    )
    audit.record(actor, AccountEvent.TENANT_CREATED, tenant, kind=kind)
    return tenant


@verb(AccountEvent.TENANT_HANDED_OVER, about="tenant")
def hand_over_tenant(*, actor: StaffActor, tenant: Tenant, manager: User) -> Tenant:
    """Give the tenant to another relationship manager. Operators only.

    Raises `Invalid` for a member of the tenant, who could decide nothing about it.
    """
    tenant, actor = enter(actor, tenant, Permission.HAND_OVER_TENANTS)
    manager = User.objects.get(pk=manager.pk)
    if not manager.is_active or manager.staff_role != StaffRole.RELATIONSHIP_MANAGER:
        raise Invalid({"manager": "Choose an active relationship manager."})
    if Membership.objects.current().filter(tenant=tenant, user=manager).exists():
        raise Invalid(
            {"manager": f"{manager.display_name} is a member of this account. Choose another."}
        )
    if tenant.relationship_manager_id != manager.pk:
        was = tenant.relationship_manager
        tenant.relationship_manager = manager
        tenant.save(update_fields=["relationship_manager"])
        end_staff_invitations(actor=actor, tenant=tenant)  # their sender has lost the right
        audit.record(
            actor,
            AccountEvent.TENANT_HANDED_OVER,
            tenant,
            was=was.display_name if was else "",
            now=manager.display_name,
        )
    return tenant
