"""Per tenant, what a portfolio filters and sorts by, so that no list counts keys while it waits."""

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Now

from accounts.models import Tenant
from accounts.tenancy import TenantScopedQuerySet

FAR_PAST = Value(datetime(1970, 1, 1, tzinfo=UTC), models.DateTimeField())
FAR_FUTURE = Value(datetime(9999, 1, 1, tzinfo=UTC), models.DateTimeField())
LAST_USE = Coalesce("last_use_at", FAR_PAST)
"""The last use as a sort needs it: never used comes before everything."""
NEXT_EXPIRY = Coalesce("next_expiry_at", FAR_FUTURE)
"""The next expiration as a sort needs it: a tenant without one comes last."""


class TenantSummary(models.Model):
    """One row per tenant, made with it: the figures of its keys.

    `apikeys.services.summaries` is the only writer: verbs refresh it in their transaction, a sweep
    for what changes with time alone. The limit itself is never decided by it.
    """

    tenant = models.OneToOneField(
        Tenant, on_delete=models.PROTECT, primary_key=True, related_name="summary"
    )
    active_keys = models.PositiveIntegerField(default=0)
    at_limit = models.BooleanField(default=False)
    """No key can be created: as many are active as the limit allows, or more."""
    next_expiry_at = models.DateTimeField(null=True)
    expiring_keys = models.PositiveIntegerField(default=0)
    """Active keys that expire within `rules.EXPIRING_SOON`."""
    unused_keys = models.PositiveIntegerField(default=0)
    """Active keys without a request for `rules.UNUSED_AFTER`."""
    last_use_at = models.DateTimeField(null=True)
    """The last request with any of the tenant's keys, the deleted ones too."""
    as_of = models.DateTimeField(db_default=Now())
    """When the figures were written. They may have been compared since: `SummarySweep`."""

    objects = TenantScopedQuerySet.as_manager()

    tenant_path: ClassVar[str] = "tenant"

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["active_keys", "tenant"], name="summary_by_active"),
            models.Index(NEXT_EXPIRY, "tenant", name="summary_by_next_expiry"),
            models.Index(LAST_USE, "tenant", name="summary_by_last_use"),
            models.Index(fields=["tenant"], condition=Q(at_limit=True), name="summary_at_limit"),
            models.Index(
                fields=["tenant"], condition=Q(expiring_keys__gt=0), name="summary_expiring"
            ),
            models.Index(fields=["tenant"], condition=Q(unused_keys__gt=0), name="summary_unused"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.active_keys} active"


class SummarySweep(models.Model):
    """The one row that says when all summaries were last compared with the keys."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    began_at = models.DateTimeField(db_default=Now())
    """When the latest sweep began, be it finished or not."""
    checked_at = models.DateTimeField(null=True)
    """When the last finished sweep began: no figure is older. None before the first."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(id=1), name="summary_sweep_one_row")
        ]

    def __str__(self) -> str:
        return f"checked {self.checked_at}"
