"""People who sign in."""

import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower, Now

from accounts.public_ids import new_user_id


class StaffRole(models.TextChoices):
    """What a person is for the platform itself; members of tenants have none."""

    NONE = "", "Not staff"
    RELATIONSHIP_MANAGER = "relationship_manager", "Relationship manager"
    OPERATOR = "operator", "Operator"


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
        max_length=24, choices=StaffRole, default=StaffRole.NONE, blank=True
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case"),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_lowercase"
            ),
            models.CheckConstraint(
                condition=models.Q(staff_role__in=StaffRole.values), name="user_staff_role_known"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_staff(self) -> bool:
        """Django's word for who may open its admin: operators."""
        return self.staff_role == StaffRole.OPERATOR

    @property
    def display_name(self) -> str:
        """The name where the person gave one, else the email."""
        return self.name or self.email

    def get_full_name(self) -> str:
        """Django's and allauth's name for `display_name`."""
        return self.display_name
