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
