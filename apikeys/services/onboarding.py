"""Onboarding: a tenant with its API access row, and its first admin's invitation."""

from accounts import advisory
from accounts.actor import Actor, StaffActor
from accounts.errors import AlreadyOpened, Invalid
from accounts.events import AccountEvent
from accounts.models import Tenant, TenantKind, User
from accounts.models.tenants import TENANT_NAME_MAX
from accounts.services.invitations import clean_first_admin, invite_first_admin
from accounts.services.people import require_staff
from accounts.services.tenants import create_tenant
from accounts.services.verbs import verb
from accounts.text_rules import required_line
from apikeys.models import ApiAccess
from apikeys.services.summaries import refresh_summary


def open_tenant(  # noqa: PLR0913  # a tenant is all of these
    *,
    actor: Actor,
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
    refresh_summary(tenant)
    return tenant


@verb(AccountEvent.TENANT_CREATED, about="actor")
def onboard_tenant(
    *, actor: StaffActor, name: str, kind: str, admin_email: str, public_id: str | None = None
) -> Tenant:
    """Open a tenant in the actor's portfolio and invite its first admin by mail.

    Relationship managers and operators; an operator's tenant has no manager until one is named.
    `public_id` is the one that the form chose: the same form sent again raises `AlreadyOpened`
    and opens nothing. Raises `Invalid` for the name, the kind or the email.
    """
    actor = actor.reread()
    require_staff(actor)
    if public_id is not None:
        advisory.wait_for("onboarding", public_id)
        if Tenant.objects.filter(public_id=public_id).exists():
            raise AlreadyOpened(public_id)
    name = required_line("name", name, TENANT_NAME_MAX, "Enter the account's name.")
    if kind not in TenantKind.values:
        raise Invalid({"kind": "Choose what kind of account this is."})
    email = clean_first_admin(actor, admin_email, "admin_email")
    manager = None if actor.operates else actor.user
    tenant = open_tenant(
        actor=actor,
        name=name,
        kind=kind,
        contact_email=email,
        relationship_manager=manager,
        public_id=public_id,
    )
    invite_first_admin(actor=actor, tenant=tenant, email=email)
    return tenant
