"""How many requests a caller may make: counted in PostgreSQL, which all processes share.

Windows are fixed and the same for everybody (they begin at multiples of their length since the
epoch), by the database's clock. Counting is a statement of its own, outside of the request's
transaction: a request that is rolled back counts too, and nobody waits for a lock of a verb.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.errors import TooMany
from accounts.fixed_queries import ask
from accounts.models import RateCounter
from accounts.numbers import in_words

LONGEST_WINDOW = timedelta(hours=1)
"""No limit has a longer one, so an older count says nothing any more."""

# The table is unlogged. Even so the statement may have something to log, since it may be the first
# to read a page of the catalogue that was changed: COMMIT would then wait for a standby.
_COUNT = """
    WITH here AS (
        SELECT set_config('synchronous_commit', CASE
            WHEN %(alone)s THEN 'local' ELSE current_setting('synchronous_commit') END, true)
    )
    INSERT INTO apikeys_ratecounter AS counter (subject, window_start, count)
    SELECT %(subject)s, date_bin(%(window)s * interval '1 second', statement_timestamp(),
                                 timestamptz 'epoch'), 1
    FROM here
    ON CONFLICT (subject) DO UPDATE SET
        count = CASE WHEN counter.window_start >= excluded.window_start
                     THEN counter.count + 1 ELSE 1 END,
        window_start = greatest(counter.window_start, excluded.window_start)
    RETURNING count, extract(epoch FROM window_start - statement_timestamp()) + %(window)s
"""
# A statement that waited for the row may bring an older window's start than the row has.


@dataclass(frozen=True, slots=True)
class RateLimit:
    """`quota` requests in each window of `window` seconds, under the name `policy`."""

    policy: str
    quota: int
    window: int
    noun: str = "requests"
    """What sentences call the things that are counted."""


@dataclass(frozen=True, slots=True)
class Count:
    """Where a subject stands after this request."""

    limit: RateLimit
    used: int
    reset: int
    """Seconds until the window ends, at least 1."""

    @property
    def exceeded(self) -> bool:
        """Whether this request is one too many."""
        return self.used > self.limit.quota

    @property
    def left(self) -> int:
        """How many more are allowed in this window."""
        return max(self.limit.quota - self.used, 0)


def headers_of(counts: Sequence[Count]) -> dict[str, str]:
    """RateLimit and RateLimit-Policy: draft-ietf-httpapi-ratelimit-headers-10, 3 and 4; lists."""
    limits = [count.limit for count in counts]
    return {
        "RateLimit-Policy": ", ".join(f'"{of.policy}";q={of.quota};w={of.window}' for of in limits),
        "RateLimit": ", ".join(f'"{of.limit.policy}";r={of.left};t={of.reset}' for of in counts),
    }


def count_request(subject: str, limit: RateLimit) -> Count:
    """Count one more request of `subject`; one round trip, exact also when many come at once."""
    alone = not connection.in_atomic_block  # else it would be for all that a transaction changes
    values = {"alone": alone, "subject": subject, "window": limit.window}
    ((used, left),) = ask(_COUNT, values)
    return Count(limit, used, max(ceil(left), 1))


def charge(subject: str, limit: RateLimit, said: str) -> int:
    """Count once more what `subject` does; how often it was. Raises `TooMany`, which says `said`.

    Inside of a transaction the counter is held until its end, and a rollback takes the count back.
    """
    count = count_request(subject, limit)
    if count.exceeded:
        raise TooMany(f"{said} Try again in {in_words(count.reset)}.", count.reset)
    return count.used


def give_back(subject: str) -> None:
    """Take back one count of `subject`, which turned out not to count."""
    RateCounter.objects.filter(pk=subject, count__gt=0).update(count=F("count") - 1)


def forget_old_counts() -> Iterator[int]:
    """Delete the counters whose window has ended, or strangers could fill the table.

    Yields how many. Those that a request holds are left for the next time: it may hold one and
    wait for another.
    """
    with transaction.atomic():
        old = RateCounter.objects.filter(window_start__lt=Now() - LONGEST_WINDOW)
        subjects = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True))
        RateCounter.objects.filter(pk__in=subjects).delete()
    yield len(subjects)
