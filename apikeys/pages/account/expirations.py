"""The expirations that pages offer: on a weekday at 10:00 in the person's zone."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from apikeys.pages import words as wording
from apikeys.rules import EXPIRY_CHOICES_DAYS, EXPIRY_HOUR

NEVER = "never"
CUSTOM = "custom"
SATURDAY = 5


class HintedLabel(str):
    """A choice's label with a second line."""

    __slots__ = ("hint",)
    hint: str

    def __new__(cls, text: str, hint: str) -> "HintedLabel":
        label = super().__new__(cls, text)
        label.hint = hint
        return label


def offered_expiration(days: int, now: datetime) -> datetime:
    """The time `days` from now, moved to 10:00 and from a weekend to the Monday after it."""
    day = timezone.localtime(now).date() + timedelta(days=days)
    if day.weekday() >= SATURDAY:
        day += timedelta(days=7 - day.weekday())
    return timezone.make_aware(datetime.combine(day, time(EXPIRY_HOUR)))


def expiration_choices(now: datetime) -> list[tuple[str, str]]:
    """Never, 30, 90 and 365 days with their previews in full, and a time of one's own."""
    offered = []
    for days in EXPIRY_CHOICES_DAYS:
        at = offered_expiration(days, now)
        hint = f"{wording.exact(at)}, {wording.relative_days(at, now)}"
        offered.append((str(days), HintedLabel(f"{days} days", hint)))
    return [
        (NEVER, HintedLabel("Never", "The key works until somebody deletes it")),
        *offered,
        (CUSTOM, HintedLabel("At a time of my own", "Day and time below")),
    ]
