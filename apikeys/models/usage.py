"""When and from where a key was last used: a table of its own, that no verb's lock waits on."""

from typing import ClassVar

from django.db import models

from accounts.tenancy import TenantScopedQuerySet
from apikeys.models.api_keys import ApiKey


class KeyUsage(models.Model):
    """A key's last accepted request, accurate to a minute. No row: never used."""

    key = models.OneToOneField(
        ApiKey, on_delete=models.PROTECT, primary_key=True, related_name="usage"
    )
    last_used_at = models.DateTimeField()
    last_used_from = models.GenericIPAddressField(null=True)

    objects = TenantScopedQuerySet.as_manager()

    tenant_path: ClassVar[str] = "key__tenant"

    def __str__(self) -> str:
        return f"{self.key_id} at {self.last_used_at:%Y-%m-%d %H:%M}"


class KeyUseDay(models.Model):
    """How many requests with a key passed on one day (UTC), and how many were refused.

    Counted by the gateway, in batches; a crash may lose a few. Refused are requests whose secret
    was right: a request that proves no key counts for no key.
    """

    pk = models.CompositePrimaryKey("key_id", "day")
    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="use_days")
    day = models.DateField()
    accepted = models.PositiveBigIntegerField()
    refused = models.PositiveBigIntegerField()

    objects = TenantScopedQuerySet.as_manager()

    tenant_path: ClassVar[str] = "key__tenant"

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["day"], name="use_day_by_day")
        ]

    def __str__(self) -> str:
        return f"{self.key_id} on {self.day}"


class UsedNonce(models.Model):
    """A nonce of a signed request, hashed. Kept while the signature could be sent again."""

    pk = models.CompositePrimaryKey("key_id", "digest")
    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField(max_length=32)
    used_at = models.DateTimeField()

    objects = TenantScopedQuerySet.as_manager()

    tenant_path: ClassVar[str] = "key__tenant"

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["used_at"], name="used_nonce_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.key_id} at {self.used_at:%Y-%m-%d %H:%M}"
