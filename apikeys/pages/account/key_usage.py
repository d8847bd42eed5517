"""A key's use in the last 30 days, as the key's page draws it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from accounts.actor import Actor
from accounts.numbers import plural
from apikeys.models import ApiKey, KeyUseDay

DAYS = 30
BAR, GAP, HEIGHT = 8, 2, 40
"""Units of the drawing."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC) with its bars, which stand on the drawing's lower edge."""

    label: str
    accepted: int
    refused: int
    x: int
    accepted_height: int
    refused_height: int

    @property
    def accepted_y(self) -> int:
        """Where the bar of what passed begins."""
        return HEIGHT - self.accepted_height

    @property
    def refused_y(self) -> int:
        """Where the bar of what was refused begins, which stands on the other."""
        return self.accepted_y - self.refused_height


@dataclass(frozen=True, slots=True)
class Usage:
    """Thirty days, oldest first, and what they say in words."""

    days: list[Day]
    summary: str
    width: int = DAYS * (BAR + GAP) - GAP
    height: int = HEIGHT
    bar: int = BAR

    @property
    def used(self) -> list[Day]:
        """The days with a request, newest first."""
        return [day for day in reversed(self.days) if day.accepted or day.refused]


def usage(actor: Actor, key: ApiKey, now: datetime) -> Usage:
    """What `actor` may see of the key's use until `now`; one query."""
    today = now.astimezone(UTC).date()
    rows = KeyUseDay.objects.visible_to(actor).filter(
        key=key, day__gt=today - timedelta(days=DAYS), day__lte=today
    )
    counts = {row.day: (row.accepted, row.refused) for row in rows}
    return Usage(list(_days(counts, today)), _summary(counts))


def _days(counts: dict[date, tuple[int, int]], today: date) -> Iterator[Day]:
    most = max((sum(each) for each in counts.values()), default=0)
    for number in range(DAYS):
        day = today - timedelta(days=DAYS - 1 - number)
        accepted, refused = counts.get(day, (0, 0))
        yield Day(
            f"{day:%a} {day.day} {day:%b}",
            accepted,
            refused,
            number * (BAR + GAP),
            _height(accepted, most),
            _height(refused, most),
        )


def _height(number: int, most: int) -> int:
    """In units of the drawing: what is there at all is seen, and both bars fit together."""
    return max(2, round(number / most * (HEIGHT - 2))) if number else 0


def _summary(counts: dict[date, tuple[int, int]]) -> str:
    accepted = sum(each[0] for each in counts.values())
    refused = sum(each[1] for each in counts.values())
    if not accepted and not refused:
        return f"No request in the last {DAYS} days."
    requests = plural(accepted, "request").split(" ", 1)[1]
    text = f"{accepted:,} {requests} passed in the last {DAYS} days"
    if not refused:
        return f"{text}."
    return f"{text}, {refused:,} {'was' if refused == 1 else 'were'} refused."
