"""The keys that the own look-up behind django-ninja finds."""

# mypy: ignore-errors
# The portal's settings, which the Django plugin reads, know nothing of this app.

from django.db import models


class Key(models.Model):
    """A key by its hash."""

    digest = models.CharField(max_length=64, unique=True)
    tenant_id = models.CharField(max_length=32)
    revoked = models.BooleanField(default=False)

    class Meta:
        app_label = "peers"

    def __str__(self):
        return self.tenant_id
