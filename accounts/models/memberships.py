"""Memberships: a person in a tenant, with one role."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from accounts.models.tenants import Tenant
from accounts.roles import Role
from accounts.targets import Target
from accounts.tenancy import TenantScopedQuerySet

ROLE_CHOICES = [(str(role), str(role)) for role in Role]


class MembershipQuerySet(TenantScopedQuerySet["Membership"]):
    """Memberships, and the question which of them count."""

    def current(self) -> "MembershipQuerySet":
        """Those that have not ended and whose person is not disabled."""
        return self.filter(ended_at=None, user__is_active=True)


class Membership(models.Model):
    """One person's role in one tenant. Ended, never deleted."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=8, choices=ROLE_CHOICES)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    tenant_path: ClassVar[str] = "tenant"

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["tenant", "user"],
                condition=models.Q(ended_at=None),
                name="membership_one_current_per_person",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[str(role) for role in Role]),
                name="membership_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.tenant_id} as {self.role}"

    @property
    def audit_target(self) -> Target:
        """The member, as an audit event names them."""
        return Target("member", self.user.public_id, self.user.display_name)

    @property
    def audit_tenant(self) -> Tenant:
        """The tenant of the membership."""
        return self.tenant
