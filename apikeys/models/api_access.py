"""API access: whether a tenant may have keys at all, and how many."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from accounts.models import Tenant
from accounts.tenancy import TenantScopedQuerySet
from apikeys.rules import DEFAULT_KEY_LIMIT, REASON_MAX


class AccessState(models.TextChoices):
    """The states of API access, with their words on screen."""

    NONE = "none", "Not requested"
    REQUESTED = "requested", "Waiting for approval"
    ENABLED = "enabled", "Enabled"
    SUSPENDED = "suspended", "Suspended"


class ApiAccess(models.Model):
    """One row per tenant, made with it. The gateway reads it together with the key."""

    tenant = models.OneToOneField(
        Tenant, on_delete=models.PROTECT, primary_key=True, related_name="api_access"
    )
    state = models.CharField(max_length=12, choices=AccessState, default=AccessState.NONE)
    key_limit = models.PositiveSmallIntegerField(default=DEFAULT_KEY_LIMIT)
    changed_at = models.DateTimeField(db_default=Now())
    client_text = models.CharField(max_length=REASON_MAX, blank=True, default="", db_default="")
    """What the client reads while suspended."""
    internal_note = models.CharField(max_length=REASON_MAX, blank=True, default="", db_default="")
    """Why it is suspended, for platform staff alone."""

    suspended_by_operator = models.BooleanField(default=False, db_default=False)
    """Whether an operator suspended it, so that only an operator restores it.

    It says nothing in the other states: a process of the version before does not know the column,
    so no constraint ties it to the state.
    """
    operator_limit = models.SmallIntegerField(null=True, blank=True)
    """A limit below the ceiling that an operator set: no manager goes above it. None without."""

    objects = TenantScopedQuerySet.as_manager()

    tenant_path: ClassVar[str] = "tenant"

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=AccessState.values), name="api_access_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state=AccessState.SUSPENDED) & ~models.Q(client_text="")
                | ~models.Q(state=AccessState.SUSPENDED)
                & models.Q(client_text="", internal_note=""),
                name="api_access_texts_while_suspended",
            ),
            models.CheckConstraint(
                condition=models.Q(key_limit__gte=1), name="api_access_limit_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.state}"
