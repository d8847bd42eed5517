"""What a request with an Idempotency-Key was answered, so that a repetition hears the same."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from accounts.tenancy import TenantScopedQuerySet
from apikeys.models.api_keys import ApiKey


class IdempotencyRecord(models.Model):
    """One answered request of one key. It holds no client secret: the answer's is left out.

    Written by `apikeys.rest.idempotency` in the transaction of what it records; forgotten
    after `apikeys.rules.IDEMPOTENCY_WINDOW`.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+", db_index=False)
    """The calling key: two callers may choose the same Idempotency-Key."""
    route = models.CharField(max_length=64)
    digest = models.BinaryField(max_length=32)
    """SHA-256 of the caller's Idempotency-Key."""
    body_mac = models.BinaryField(max_length=32)
    """A keyed hash of the body: the body holds an email, and must only be recognised."""
    answer = models.TextField()
    """The JSON of the answer to a repetition."""
    headers = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = TenantScopedQuerySet.as_manager()

    tenant_path: ClassVar[str] = "api_key__tenant"

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["recorded_at"], name="idempotency_by_time")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["api_key", "route", "digest"], name="idempotency_one_answer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.route} at {self.recorded_at:%Y-%m-%d %H:%M}"
