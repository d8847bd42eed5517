"""The keys that are listed: the fields of the portal's own, flat, in a table without rules."""

# mypy: ignore-errors
# The portal's settings, which the Django plugin reads, know nothing of this app.

from django.db import models
from rest_framework_api_key.models import AbstractAPIKey


class Caller(AbstractAPIKey):
    """A key that belongs to a tenant, as the package's guide makes one."""

    tenant_id = models.CharField(max_length=32)
    role = models.CharField(max_length=8)
    access = models.CharField(max_length=12)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "rival"


class Counter(models.Model):
    """Requests of a caller in a window."""

    subject = models.CharField(max_length=200, primary_key=True)
    window_start = models.DateTimeField()
    count = models.BigIntegerField()

    class Meta:
        app_label = "rival"

    def __str__(self):
        return self.subject


class Key(models.Model):
    """What the portal's API shows of a key, with the tenant's public id."""

    tenant_id = models.CharField(max_length=32)
    client_id = models.CharField(max_length=64, unique=True)
    secret_prefix = models.CharField(max_length=12)
    hashed_key = models.CharField(max_length=150, default="")
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=8, null=True)  # noqa: DJ001 - as there
    created_at = models.DateTimeField(auto_now_add=True)
    created_by_type = models.CharField(max_length=16)
    created_by_id = models.CharField(max_length=64)
    created_by_label = models.CharField(max_length=254)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by_type = models.CharField(max_length=16, blank=True)
    revoked_by_id = models.CharField(max_length=64, blank=True)
    revoked_by_label = models.CharField(max_length=254, blank=True)

    class Meta:
        app_label = "rival"
        indexes = [
            models.Index(fields=["tenant_id", "-created_at", "-id"], name="rival_by_created")
        ]

    def __str__(self):
        return self.client_id
