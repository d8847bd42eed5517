"""Audit events: what somebody or some key did, or was refused. Written once, never changed."""

from typing import ClassVar

from django.db import models

from accounts.clock import ClockTimestamp
from accounts.models.tenants import Tenant
from accounts.tenancy import TenantScopedQuerySet


class Outcome(models.TextChoices):
    """Whether the thing happened."""

    DONE = "done", "Done"
    REFUSED = "refused", "Refused"


class AuditEvent(models.Model):
    """One fact. It stores the actor and the target as text, with the names that they had then.

    A trigger refuses UPDATE, DELETE and TRUNCATE (migration 0002), and the application's
    database role holds no such right. `accounts.audit.record` is the only writer.
    """

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, related_name="audit_events"
    )
    at = models.DateTimeField(db_default=ClockTimestamp(), editable=False)
    event = models.CharField(max_length=64)
    outcome = models.CharField(max_length=8, choices=Outcome)
    actor_type = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=254)
    target_type = models.CharField(max_length=32)
    target_id = models.CharField(max_length=64)
    target_label = models.CharField(max_length=254)
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    caller_request_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    address = models.GenericIPAddressField(null=True)

    objects = TenantScopedQuerySet.as_manager()

    tenant_path: ClassVar[str] = "tenant"

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-id"], name="audit_by_tenant"),
            models.Index(fields=["tenant", "target_id", "-id"], name="audit_by_target"),
            models.Index(
                fields=["actor_id", "at"],
                condition=models.Q(outcome=Outcome.REFUSED),
                name="audit_refusals",
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=Outcome.values), name="audit_outcome_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} by {self.actor_label}"
