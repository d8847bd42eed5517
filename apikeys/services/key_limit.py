"""The limit: how many active keys a tenant may have, and which slot each holds."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import Tenant
from apikeys.errors import KeyLimitReached
from apikeys.models import ApiAccess, ApiKey


@dataclass(frozen=True, slots=True)
class Slots:
    """How many of a tenant's slots for active keys are taken."""

    active: int
    limit: int

    @property
    def free(self) -> int:
        """Keys that can still be created; never negative, also after the limit was lowered."""
        return max(self.limit - self.active, 0)


def slots(tenant: Tenant, access: ApiAccess) -> Slots:
    """Count the tenant's active keys. Binding only under the tenant's lock."""
    return Slots(ApiKey.objects.filter(tenant=tenant).active().count(), access.key_limit)


def slots_by_tenant(tenants: Iterable[Tenant]) -> dict[int, Slots]:
    """The slots of several tenants, with their access selected, in one count; by tenant key."""
    by_pk = {tenant.pk: tenant for tenant in tenants}
    counted = ApiKey.objects.filter(tenant__in=by_pk).active().values("tenant")
    active = dict(counted.annotate(number=Count("pk")).values_list("tenant", "number"))
    return {
        pk: Slots(active.get(pk, 0), tenant.api_access.key_limit) for pk, tenant in by_pk.items()
    }


def take_slot(tenant: Tenant, access: ApiAccess, *, besides: ApiKey | None = None) -> int:
    """The lowest free slot for a key that becomes active, or `KeyLimitReached`.

    Must run under the tenant's lock, in statements after the one that took it: a count in the
    locking statement would see the time before the wait. `besides` is an expired key that
    comes back and does not count against itself. Expired keys give their slots up here.
    """
    taken = slots(tenant, access)
    if taken.free == 0:
        raise KeyLimitReached(limit=taken.limit, active=taken.active)
    others = ApiKey.objects.filter(tenant=tenant)
    if besides is not None:
        others.filter(pk=besides.pk).update(slot=None)
    others.expired().filter(~Q(slot=None)).update(slot=None)
    held = set(others.exclude(slot=None).values_list("slot", flat=True))
    for slot in range(1, access.key_limit + 1):
        if slot not in held:
            return slot
    # Under the lock this is not reached. Without it, the count came too early.
    raise KeyLimitReached(limit=access.key_limit, active=len(held))
