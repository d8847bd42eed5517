"""Platform keys: credentials of the platform itself, which belong to no tenant."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.targets import Target
from apikeys.credentials import CLIENT_ID_MAX, DISPLAY_PREFIX, Verifier
from apikeys.rules import NAME_MAX


class PlatformKeyKind(models.TextChoices):
    """What a platform key is for."""

    MERCHANT = "merchant", "Keys of every account"
    """The merchant API for every account, and introspection."""
    INTROSPECT = "introspect", "Introspection only"
    """Whether an access token passes, and nothing else."""


class PlatformKey(models.Model):
    """An operator's credential for every tenant. Revoked, never deleted: the row stays.

    A table of its own (docs/decisions/0006), so that nothing which looks for a tenant's key can
    find one. Written by the verbs in `apikeys.services.platform_keys` alone.
    """

    client_id = models.CharField(max_length=CLIENT_ID_MAX, unique=True)
    secret_prefix = models.CharField(max_length=DISPLAY_PREFIX)
    name = models.CharField(max_length=NAME_MAX)
    kind = models.CharField(
        max_length=16, choices=PlatformKeyKind, db_default=PlatformKeyKind.MERCHANT
    )
    verifier = models.BinaryField(max_length=32, null=True)
    pepper_number = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(client_id__regex=r"^[0-9A-Za-z]{1,32}_[0-9A-Za-z]{20}$"),
                name="platform_key_client_id_form",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, verifier__isnull=False, pepper_number__isnull=False)
                | Q(revoked_at__isnull=False, verifier=None, pepper_number=None),
                name="platform_key_whole_or_revoked",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="platform_key_name_given"),
            models.CheckConstraint(
                condition=Q(kind__in=PlatformKeyKind.values), name="platform_key_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("created_at")),
                name="platform_key_revoked_after_created",
            ),
        ]

    def __str__(self) -> str:
        return self.client_id

    @property
    def stored_verifier(self) -> Verifier | None:
        """What to match a secret against; None once revoked."""
        if self.verifier is None or self.pepper_number is None:
            return None
        return Verifier(bytes(self.verifier), self.pepper_number)

    @property
    def audit_target(self) -> Target:
        """The key, as an audit event names it."""
        return Target("platform_key", self.client_id, self.name)

    @property
    def audit_tenant(self) -> None:
        """Events about it stand in no tenant's trail."""
        return None
