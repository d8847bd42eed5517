"""How often a person may change something on pages."""

from accounts.models import User
from accounts.numbers import MINUTE
from accounts.rate_limits import RateLimit, charge

LIMIT = RateLimit("per-person-changes", quota=60, window=MINUTE, noun="changes")
"""Far more than hands can do. A form that was refused counts too."""


def count_change(person: User) -> None:
    """Count one more change of `person`, for all accounts together. Raises `TooMany`."""
    charge(f"change:{person.pk}", LIMIT, f"You have made {LIMIT.quota} changes in a short time.")
