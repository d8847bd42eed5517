"""The verbs of API access."""

from accounts import audit
from accounts.actor import SystemActor
from accounts.clock import database_now
from accounts.models import Tenant, User
from accounts.services.tenants import create_tenant
from accounts.services.verbs import verb
from accounts.tenancy import lock_tenant
from apikeys.events import AccessEvent
from apikeys.models import AccessState, ApiAccess


def access_of(tenant: Tenant) -> ApiAccess:
    """The tenant's API access as it stands in the database now."""
    return ApiAccess.objects.get(tenant=tenant)


def onboard_tenant(  # noqa: PLR0913  # a tenant is all of these
    *,
    actor: SystemActor,
    name: str,
    kind: str,
    contact_email: str = "",
    relationship_manager: User | None = None,
    public_id: str | None = None,
) -> Tenant:
    """Create a tenant without API access. Must run inside a transaction."""
    tenant = create_tenant(
        actor=actor,
        name=name,
        kind=kind,
        contact_email=contact_email,
        relationship_manager=relationship_manager,
        public_id=public_id,
    )
    ApiAccess.objects.create(tenant=tenant)
    return tenant


@verb(AccessEvent.ENABLED, about="tenant")
def enable_access(*, actor: SystemActor, tenant: Tenant) -> ApiAccess:
    """Let the tenant have keys. Enabling twice changes nothing."""
    lock_tenant(tenant)
    access = access_of(tenant)
    if access.state != AccessState.ENABLED:
        access.state = AccessState.ENABLED
        access.changed_at = database_now()
        access.save(update_fields=["state", "changed_at"])
        audit.record(actor, AccessEvent.ENABLED, tenant)
    return access
