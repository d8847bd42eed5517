"""API access brought to a state as people bring it there, and all that its verbs write."""

from accounts.actor import StaffActor
from accounts.models import AuditEvent, OutboxMail, Tenant, User
from apikeys.models import AccessRequest, AccessState, ApiAccess, ApiKey
from apikeys.services.api_access import enable_access, request_access, suspend_access
from tests.factories import PLATFORM, acting

REASON = "We reconcile payouts every night."


def ask(tenant: Tenant, admin: User, reason: str = REASON) -> AccessRequest:
    """Request access as the tenant's admin."""
    return request_access(actor=acting(admin), tenant=tenant, reason=reason)


def suspend(tenant: Tenant, manager: User) -> ApiAccess:
    """Suspend access as the tenant's manager."""
    return suspend_access(
        actor=StaffActor(manager),
        tenant=tenant,
        client_text="We see unusual traffic.",
        internal_note="Ticket 4711",
    )


def bring_to(state: AccessState, tenant: Tenant, admin: User, manager: User) -> None:
    """Take a tenant without access to `state`, by verbs alone."""
    if state == AccessState.REQUESTED:
        ask(tenant, admin)
    if state in {AccessState.ENABLED, AccessState.SUSPENDED}:
        enable_access(actor=PLATFORM, tenant=tenant)
    if state == AccessState.SUSPENDED:
        suspend(tenant, manager)


def all_rows() -> dict[str, list[object]]:
    """Every row that a verb of API access may write."""
    models = (ApiAccess, AccessRequest, ApiKey, AuditEvent, OutboxMail)
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in models
    }


def mailed_to() -> list[str]:
    """Who has mail waiting, in the order it was written."""
    return list(OutboxMail.objects.order_by("id").values_list("to", flat=True))
