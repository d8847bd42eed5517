"""People who sign in."""

import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac

from accounts.public_ids import new_user_id
from accounts.roles import StaffRole
from accounts.targets import Target

STAFF_ROLE_LABELS = {
    "": "Not staff",
    str(StaffRole.RELATIONSHIP_MANAGER): "Relationship manager",
    str(StaffRole.OPERATOR): "Operator",
}


def validate_time_zone(value: str) -> None:
    """Accept IANA time zone names only, as `zoneinfo` knows them."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError("Choose a time zone such as Europe/London or UTC.")


class UserManager(BaseUserManager["User"]):
    """Creates people with a lowercased email and a hashed password."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person; without a password they cannot sign in until they set one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a person by email in any spelling of upper and lower case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by their email. Never deleted: disabled or anonymised instead.

    `groups` and `user_permissions` stay empty: rights come from memberships, through
    `accounts.access.MembershipBackend`.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_user_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    staff_role = models.CharField(
        max_length=24, choices=list(STAFF_ROLE_LABELS.items()), default="", blank=True
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    session_generation = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    """Part of what a session must match: one more ends every session of the person."""

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["email"], opclasses=["gin_trgm_ops"], name="user_email_trigrams")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case"),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_lowercase"
            ),
            models.CheckConstraint(
                condition=models.Q(staff_role__in=list(STAFF_ROLE_LABELS)),
                name="user_staff_role_known",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """What a session must hold to go on: made of password and generation."""
        return salted_hmac(
            "accounts.User.session",
            f"{self.session_generation}:{self.password}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    @property
    def is_staff(self) -> bool:
        """Django's word for who may open its admin: operators."""
        return self.staff_role == StaffRole.OPERATOR

    @property
    def display_name(self) -> str:
        """The name where the person gave one, else the email."""
        return self.name or self.email

    @property
    def audit_target(self) -> Target:
        """The person, as an audit event names them."""
        return Target("user", self.public_id, self.display_name)

    @property
    def audit_tenant(self) -> None:
        """Events about a person stand in no tenant's trail."""
        return None

    def get_full_name(self) -> str:
        """Django's and allauth's name for `display_name`."""
        return self.display_name
