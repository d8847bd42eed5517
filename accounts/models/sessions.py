"""Sessions: what the portal remembers of each browser that somebody has signed in with."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from accounts.public_ids import new_session_id

BROWSER_MAX = 300
"""Characters of a User-Agent that are kept."""


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions, and which of them still count."""

    def alive(self) -> "SessionQuerySet":
        """Used within `SESSION_IDLE` seconds, and begun within `SESSION_COOKIE_AGE` seconds."""
        return self.filter(
            last_used_at__gt=Now() - timedelta(seconds=settings.SESSION_IDLE),
            started_at__gt=Now() - timedelta(seconds=settings.SESSION_COOKIE_AGE),
        )


class Session(models.Model):
    """One browser's session. Whoever reads this table can sign in with none of it.

    The cookie holds the key, 160 random bits, and the row only its SHA-256.
    """

    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    public_id = models.CharField(max_length=20, unique=True, default=new_session_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="sessions"
    )
    """Who is signed in; None before somebody is."""
    data = models.TextField(editable=False)
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=BROWSER_MAX, blank=True)
    """The User-Agent, as the browser said it at its last use."""
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(db_default=Now(), editable=False)
    """Up to `accounts.sessions.NOTED_EVERY` old."""

    objects = SessionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["last_used_at"], name="session_by_last_use")
        ]

    def __str__(self) -> str:
        return f"{self.public_id} of {self.user_id or 'nobody'}"
