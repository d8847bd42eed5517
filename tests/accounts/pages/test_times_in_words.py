"""Times as pages say them, also where clocks are changed and where a zone has no such year."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.pages.words import exact, relative, relative_days

NOON = datetime(2026, 10, 25, 23, 30, tzinfo=ZoneInfo("Europe/Paris"))
"""Half an hour before the end of a day of 25 hours."""


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(hours=24, minutes=20), "24 hours ago"),
        (timedelta(hours=24, minutes=40), "yesterday"),
        (timedelta(days=3), "2 days ago"),
    ],
)
def test_no_day_is_zero_days_away(ago: timedelta, words: str) -> None:
    now = NOON.astimezone(UTC)
    with timezone.override("Europe/Paris"):
        assert relative(now - ago, now) == words


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("at", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_every_time_can_be_said(at: datetime, zone: str) -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    with timezone.override(zone):
        assert all([exact(at), relative(at, now), relative_days(at, now)])
