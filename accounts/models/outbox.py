"""The outbox: mails that were decided on in a transaction, to be sent after it."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


def new_message_id() -> str:
    """The local part of a Message-ID; the same for every attempt at one mail."""
    return uuid.uuid4().hex


class OutboxMail(models.Model):
    """One mail, written in the transaction of what it tells about; sent at least once.

    The texts are erased when it was sent: they may hold a link that works only once. The recipient
    is erased some time later.
    """

    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    matter = models.CharField(max_length=128, blank=True, default="", db_default="")
    """What the mail is about, where it may be over before the mail goes out; see `Matters`."""
    message_id = models.CharField(max_length=64, unique=True, default=new_message_id)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["due_at", "id"], condition=models.Q(sent_at=None), name="outbox_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id} to {self.to}"
