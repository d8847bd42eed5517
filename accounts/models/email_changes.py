"""Changes of the email address that a person signs in with."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower, Now

from accounts.public_ids import new_email_change_id

CONFIRM_WITHIN = timedelta(hours=1)
UNDO_WITHIN = timedelta(days=7)


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    """Changes, and what can still become of them."""

    def waiting(self) -> "EmailChangeQuerySet":
        """Asked for and neither confirmed nor undone, within their time."""
        since = Now() - CONFIRM_WITHIN
        return self.filter(confirmed_at=None, undone_at=None, asked_at__gt=since)

    def undoable(self) -> "EmailChangeQuerySet":
        """Confirmed or only asked for, and not so long ago that the old address has no say."""
        since = Now() - UNDO_WITHIN
        asked_lately = models.Q(confirmed_at=None, asked_at__gt=since)
        return self.filter(asked_lately | models.Q(confirmed_at__gt=since), undone_at=None)


class EmailChange(models.Model):
    """One change: asked for with the password, confirmed at the new address, undone at the old.

    Both links hold the public id under a signature of the secret key, so that whoever reads the
    database can make neither.
    """

    public_id = models.CharField(
        max_length=24, unique=True, default=new_email_change_id, editable=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="email_changes"
    )
    old_email = models.EmailField()
    new_email = models.EmailField()
    sign_in = models.CharField(max_length=64, editable=False)
    """What the person's sign-ins held when they asked, as a keyed hash: with another password, or
    once their sign-ins were ended, nobody confirms any more."""
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    confirmed_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    """When it was undone, be it confirmed or not."""

    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["old_email"], name="email_change_by_old_email")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(new_email=Lower("new_email")),
                name="email_change_new_email_lowercase",
            )
        ]

    def __str__(self) -> str:
        return f"{self.old_email} to {self.new_email}"
