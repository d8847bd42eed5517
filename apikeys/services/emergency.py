"""Revoking all keys of a tenant at once."""

from accounts import audit
from accounts.actor import StaffActor
from accounts.errors import Invalid
from accounts.models import Tenant
from accounts.roles import Permission
from accounts.services.verbs import enter, verb
from accounts.text_rules import looks_like, required_text
from apikeys.events import AccessEvent
from apikeys.models import ApiKey
from apikeys.rules import REASON_MAX
from apikeys.services.keys import end_key
from apikeys.services.summaries import refresh_summary


@verb(AccessEvent.ALL_KEYS_REVOKED, about="tenant")
def revoke_all_keys(*, actor: StaffActor, tenant: Tenant, confirmation: str, reason: str) -> int:
    """End every key of the tenant for good, the expired ones too; how many there were.

    `confirmation` must look like the tenant's name. Each key gets an event beside the one of the
    tenant. API access stays as it is: suspend it as well to stop new keys.
    """
    tenant, actor = enter(actor, tenant, Permission.REVOKE_ALL_KEYS)
    if not looks_like(confirmation, tenant.name):
        raise Invalid({"confirmation": f"Type the account's name: {tenant.name}"})
    reason = required_text("reason", reason, REASON_MAX, "Say why, in one sentence.")
    keys = list(
        ApiKey.objects.filter(tenant=tenant, revoked_at=None)
        .select_related("tenant")
        .select_for_update(no_key=True, of=["self"])
        .order_by("pk")
    )
    for key in keys:
        end_key(actor=actor, key=key, reason=reason)
    audit.record(actor, AccessEvent.ALL_KEYS_REVOKED, tenant, keys=len(keys), reason=reason)
    refresh_summary(tenant)
    return len(keys)
