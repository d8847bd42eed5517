"""Requests for API access: asked by an admin, decided by a relationship manager."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Tenant
from accounts.tenancy import TenantScopedQuerySet
from apikeys.rules import REASON_MAX


class Decision(models.TextChoices):
    """How a request ended."""

    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class AccessRequestQuerySet(TenantScopedQuerySet["AccessRequest"]):
    """Requests, and which of them wait."""

    def open(self) -> "AccessRequestQuerySet":
        """Those that nobody has decided yet."""
        return self.filter(decided_at=None)


class AccessRequest(models.Model):
    """One request of a tenant, with its decision. One open request per tenant."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="access_requests")
    reason = models.CharField(max_length=REASON_MAX)
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="access_requests",
    )
    requested_by_label = models.CharField(max_length=254)
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_label = models.CharField(max_length=254, blank=True)
    decision_text = models.CharField(max_length=REASON_MAX, blank=True)
    """What the tenant reads about the decision."""

    objects = AccessRequestQuerySet.as_manager()

    tenant_path: ClassVar[str] = "tenant"

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["requested_at", "id"], condition=Q(decided_at=None), name="request_queue"
            )
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(decided_at=None), name="request_one_open_per_tenant"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decision="")
                | Q(decided_at__isnull=False, decision__in=Decision.values),
                name="request_decided_whole",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="request_reason_given"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.decision or 'open'}"
