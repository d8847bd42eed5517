"""How often somebody asked in the current window: one row each, shared by all processes."""

from typing import ClassVar

from django.db import models

SUBJECT_MAX = 100


class RateCounter(models.Model):
    """Requests of one subject since its window began. Written by `accounts.rate_limits` alone.

    The table is UNLOGGED: counting writes no WAL and waits for no disk. After a crash of the
    database it is empty, and everybody starts a new window.
    """

    subject = models.CharField(max_length=SUBJECT_MAX, primary_key=True)
    """What is counted and for whom, as in ``api:<client ID>``."""
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        db_table = "apikeys_ratecounter"  # its first room; renaming it would stop running processes
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~models.Q(subject=""), name="rate_subject_given")
        ]

    def __str__(self) -> str:
        return self.subject
