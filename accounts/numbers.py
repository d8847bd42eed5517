"""Numbers as sentences say them."""

from math import ceil

MINUTE = 60
COUNTED_IN_SECONDS = 99
"""Longer waits are said in minutes."""


def plural(number: int, unit: str) -> str:
    """A number with its noun: "1 day", "2 days"."""
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def in_words(seconds: int) -> str:
    """A wait as a sentence says it: "1 second", "40 seconds", "3 minutes"."""
    if seconds <= COUNTED_IN_SECONDS:
        return plural(seconds, "second")
    return plural(ceil(seconds / MINUTE), "minute")
