"""Tenants: the accounts that own keys."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now, Upper

from accounts.public_ids import new_tenant_id
from accounts.roles import PERMISSION_LABELS
from accounts.targets import Target
from accounts.tenancy import TenantScopedQuerySet

TENANT_NAME_MAX = 100


class TenantKind(models.TextChoices):
    """What a tenant is on screen: an account, or a partner organisation."""

    CORPORATE = "corporate", "Business account"
    PARTNER = "partner", "Partner organisation"


class Tenant(models.Model):
    """An account that owns keys and has members. Never deleted: its history is evidence.

    The tenant's row is also the lock under which every verb of the tenant decides
    (`accounts.tenancy.lock_tenant`).
    """

    public_id = models.CharField(
        max_length=64,
        unique=True,
        default=new_tenant_id,
        validators=[RegexValidator(r"\A[A-Za-z0-9_-]{1,64}\Z")],
    )
    name = models.CharField(max_length=TENANT_NAME_MAX)
    kind = models.CharField(max_length=16, choices=TenantKind)
    contact_email = models.EmailField(blank=True)
    relationship_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="portfolio",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = TenantScopedQuerySet.as_manager()

    tenant_path: ClassVar[str] = "pk"
    """Where `visible_to` finds the tenant of a row of this model: here, the row itself."""

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        permissions = [(str(permission), label) for permission, label in PERMISSION_LABELS.items()]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(Lower("name"), "id", name="tenant_by_name"),
            models.Index("relationship_manager", Lower("name"), "id", name="tenant_managed_name"),
            models.Index(fields=["created_at", "id"], name="tenant_by_created"),
            models.Index(
                fields=["relationship_manager", "created_at", "id"], name="tenant_managed_created"
            ),
            # What `istartswith` and `icontains` ask for. A trigram index needs three letters;
            # beginnings of the public id have the index of its unique constraint.
            models.Index(OpClass(Upper("name"), "text_pattern_ops"), name="tenant_name_beginning"),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="tenant_name_trigrams"),
            GinIndex(OpClass(Upper("public_id"), "gin_trgm_ops"), name="tenant_id_trigrams"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(public_id__regex=r"^[A-Za-z0-9_-]{1,64}$"),
                name="tenant_public_id_form",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=TenantKind.values), name="tenant_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_label(self) -> str:
        """What this tenant is called on pages."""
        return TenantKind(self.kind).label

    @property
    def audit_target(self) -> Target:
        """The tenant, as an audit event names it."""
        return Target("tenant", self.public_id, self.name)

    @property
    def audit_tenant(self) -> "Tenant":
        """The tenant in whose trail events about this row stand: itself."""
        return self
