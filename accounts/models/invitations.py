"""Invitations: somebody may become a member, if the email is theirs."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower, Now

from accounts.models.memberships import ROLE_CHOICES
from accounts.models.tenants import Tenant
from accounts.roles import Role
from accounts.targets import Target
from accounts.tenancy import TenantScopedQuerySet


class InvitationQuerySet(TenantScopedQuerySet["Invitation"]):
    """Invitations, and which of them can still be accepted."""

    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor cancelled; perhaps past their time."""
        return self.filter(accepted_at=None, cancelled_at=None)

    def valid(self) -> "InvitationQuerySet":
        """Open and within their time."""
        return self.open().filter(expires_at__gt=Now())


class Invitation(models.Model):
    """One offer of a role to one email, good once and for 7 days. The token is stored hashed."""

    public_id = models.UUIDField(unique=True, db_default=RandomUUID(), editable=False)
    """What names the invitation in URLs; it tells neither how many there are nor whose."""
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=8, choices=ROLE_CHOICES)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    invited_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="invitations_sent",
    )
    """The person whose right is checked again at acceptance; None for a command's invitation."""
    invited_as_staff = models.BooleanField(default=False)
    """Whether that right was the platform's (a relationship manager's) and not a member's."""
    invited_by_label = models.CharField(max_length=254)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="invitations_accepted",
    )
    cancelled_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    tenant_path: ClassVar[str] = "tenant"

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=models.Q(accepted_at=None, cancelled_at=None),
                name="invitation_one_open_per_email",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[str(role) for role in Role]),
                name="invitation_role_known",
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="invitation_email_lowercase"
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(cancelled_at=None),
                name="invitation_accepted_or_cancelled",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.tenant_id} as {self.role}"

    @property
    def is_open(self) -> bool:
        """Neither accepted nor cancelled; perhaps past its time."""
        return self.accepted_at is None and self.cancelled_at is None

    @property
    def audit_target(self) -> Target:
        """The invitation, as an audit event names it."""
        return Target("invitation", str(self.pk), self.email)

    @property
    def audit_tenant(self) -> Tenant:
        """The tenant that invites."""
        return self.tenant
