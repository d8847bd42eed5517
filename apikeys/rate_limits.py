"""How many requests a caller may make: counted in PostgreSQL, which all processes share.

Windows are fixed and the same for everybody (they begin at multiples of their length since the
epoch), by the database's clock. Counting is a statement of its own, outside of the request's
transaction: a request that is rolled back counts too, and nobody waits for a lock of a verb.
"""

from dataclasses import dataclass
from math import ceil

from apikeys.fixed_queries import ask

_COUNT = """
    INSERT INTO apikeys_ratecounter AS counter (subject, window_start, count)
    VALUES (%(subject)s, date_bin(%(window)s * interval '1 second', statement_timestamp(),
                                  timestamptz 'epoch'), 1)
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
    def headers(self) -> dict[str, str]:
        """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10, 3 and 4)."""
        name, quota = f'"{self.limit.policy}"', self.limit.quota
        remaining = max(quota - self.used, 0)
        return {
            "RateLimit-Policy": f"{name};q={quota};w={self.limit.window}",
            "RateLimit": f"{name};r={remaining};t={self.reset}",
        }


def count_request(subject: str, limit: RateLimit) -> Count:
    """Count one more request of `subject`; one round trip, exact also when many come at once."""
    ((used, left),) = ask(_COUNT, {"subject": subject, "window": limit.window})
    return Count(limit, used, max(ceil(left), 1))
