"""API keys: one credential of a tenant each."""

from datetime import UTC, datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from accounts.actor import Stamp
from accounts.models import ROLE_CHOICES, Tenant
from accounts.roles import Role
from accounts.targets import Target
from accounts.tenancy import TenantScopedQuerySet
from apikeys.credentials import CLIENT_ID_MAX, DISPLAY_PREFIX, Verifier
from apikeys.rules import DESCRIPTION_MAX, EMAIL_MAX, NAME_MAX, SUBMISSION_MAX


class KeyStatus(models.TextChoices):
    """A key's status follows from its times and is never stored."""

    ACTIVE = "active", "Active"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Deleted"

    @classmethod
    def at(cls, now: datetime, *, expires_at: datetime | None, revoked_at: datetime | None) -> Self:
        """The status at `now`, which is to come from the database's clock."""
        if revoked_at is not None:
            return cls.REVOKED
        if expires_at is not None and expires_at <= now:
            return cls.EXPIRED
        return cls.ACTIVE


FAR_FUTURE = datetime(3000, 1, 1, tzinfo=UTC)
"""No expiration lies beyond: in every time zone, programs can still read what is stored."""


class ApiKeyQuerySet(TenantScopedQuerySet["ApiKey"]):
    """Keys by status, by the database's clock."""

    def active(self) -> Self:
        """Neither revoked nor expired: those that count against the limit."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked_at=None)

    def expired(self) -> Self:
        """Not revoked, but past their expiration."""
        return self.filter(revoked_at=None, expires_at__lte=Now())

    def revoked(self) -> Self:
        """Deleted for good; in the history only."""
        return self.exclude(revoked_at=None)

    def with_status(self, status: KeyStatus) -> Self:
        """The keys that have `status` at this moment."""
        match status:
            case KeyStatus.ACTIVE:
                return self.active()
            case KeyStatus.EXPIRED:
                return self.expired()
            case _:
                return self.revoked()


class ApiKey(models.Model):
    """A credential. Revoked, never deleted: role, verifier and public key go, the row stays.

    Written by the verbs in `apikeys.services.keys` alone.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="api_keys")
    client_id = models.CharField(max_length=CLIENT_ID_MAX, unique=True)
    secret_prefix = models.CharField(max_length=DISPLAY_PREFIX)
    name = models.CharField(max_length=NAME_MAX)
    description = models.CharField(max_length=DESCRIPTION_MAX, blank=True)
    email = models.EmailField(max_length=EMAIL_MAX)
    role = models.CharField(max_length=8, choices=ROLE_CHOICES, null=True)  # noqa: DJ001  # none once revoked
    verifier = models.BinaryField(max_length=32, null=True)
    pepper_number = models.PositiveSmallIntegerField(null=True)
    public_key = models.BinaryField(max_length=32, null=True)
    created_at = models.DateTimeField()
    created_by_type = models.CharField(max_length=16)
    created_by_id = models.CharField(max_length=64)
    created_by_label = models.CharField(max_length=254)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by_type = models.CharField(max_length=16, blank=True)
    revoked_by_id = models.CharField(max_length=64, blank=True)
    revoked_by_label = models.CharField(max_length=254, blank=True)
    version = models.PositiveIntegerField(default=1)
    """Bumped by every verb that changes the key; last use is outside it."""
    slot = models.PositiveSmallIntegerField(null=True)
    """Which of the tenant's slots the key holds, from 1: unique, so that even without the
    lock two creations cannot take the last one. None once revoked, or when another key took
    the slot of an expired one."""
    submission = models.CharField(max_length=SUBMISSION_MAX, null=True)  # noqa: DJ001  # unique only where given
    """The form that made the key, so that the same form sent twice makes one key."""

    objects = ApiKeyQuerySet.as_manager()

    tenant_path: ClassVar[str] = "tenant"

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="key_by_created"),
            models.Index("tenant", Lower("name"), "id", name="key_by_name"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["tenant", "slot"], condition=~Q(slot=None), name="key_slot_unique"
            ),
            models.UniqueConstraint(
                fields=["tenant", "created_by_id", "submission"],
                condition=~Q(submission=None),
                name="key_one_per_submission",
            ),
            models.CheckConstraint(
                condition=Q(client_id__regex=r"^[0-9A-Za-z]{1,32}_[0-9A-Za-z]{20}$"),
                name="key_client_id_form",
            ),
            models.CheckConstraint(
                condition=Q(
                    revoked_at=None,
                    role__isnull=False,  # a CHECK lets NULL pass, and so NULL IN (…)
                    role__in=[str(role) for role in Role],
                    verifier__isnull=False,
                    pepper_number__isnull=False,
                    public_key__isnull=False,
                    revoked_by_type="",
                    revoked_by_id="",
                )
                | Q(
                    revoked_at__isnull=False,
                    role=None,
                    verifier=None,
                    pepper_number=None,
                    public_key=None,
                    slot=None,
                )
                & ~Q(revoked_by_type="")
                & ~Q(revoked_by_id=""),
                name="key_whole_or_revoked",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="key_name_given"),
            models.CheckConstraint(
                condition=~Q(email="") & Q(email=Lower("email")), name="key_email_lowercase"
            ),
            models.CheckConstraint(
                condition=Q(slot=None) | Q(slot__gte=1), name="key_slot_positive"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=models.F("created_at")),
                name="key_revoked_after_created",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__lt=FAR_FUTURE),
                name="key_expires_in_readable_time",
            ),
        ]

    def __str__(self) -> str:
        return self.client_id

    def status_at(self, now: datetime) -> KeyStatus:
        """The key's status at `now`, which is to come from the database's clock."""
        return KeyStatus.at(now, expires_at=self.expires_at, revoked_at=self.revoked_at)

    @property
    def stored_verifier(self) -> Verifier | None:
        """What to match a secret against; None once revoked."""
        if self.verifier is None or self.pepper_number is None:
            return None
        return Verifier(bytes(self.verifier), self.pepper_number)

    def put_creator(self, stamp: Stamp) -> None:
        """Store who made the key, as they are called now."""
        self.created_by_type, self.created_by_id = stamp.type, stamp.id
        self.created_by_label = stamp.label

    def put_revoker(self, stamp: Stamp) -> None:
        """Store who revoked the key, as they are called now."""
        self.revoked_by_type, self.revoked_by_id = stamp.type, stamp.id
        self.revoked_by_label = stamp.label

    @property
    def audit_target(self) -> Target:
        """The key, as an audit event names it."""
        return Target("api_key", self.client_id, self.name)

    @property
    def audit_tenant(self) -> Tenant:
        """The tenant in whose trail events about this key stand."""
        return self.tenant
