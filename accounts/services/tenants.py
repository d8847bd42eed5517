"""The verbs of tenants."""

from accounts import audit
from accounts.actor import Actor
from accounts.events import AccountEvent
from accounts.models import Tenant, User


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

    `public_id` is given for imported tenants only. Who may do this is the larger verb's rule.
    """
    identity = {"public_id": public_id} if public_id else {}
    tenant = Tenant.objects.create(
        name=name,
        kind=kind,
        contact_email=contact_email.strip().lower(),
        relationship_manager=relationship_manager,
        **identity,
    )
    audit.record(actor, AccountEvent.TENANT_CREATED, tenant, kind=kind)
    return tenant
