"""Asking for a signed-in person's own password, for what a stolen session must not do."""

from django.contrib.auth.hashers import check_password

from accounts.models import User
from accounts.rate_limits import RateLimit, charge, give_back

LIMIT = RateLimit("confirm", 10, 600)
"""Wrong passwords of one signed-in person."""


def is_own_password(user: User, password: str) -> bool:
    """Whether this is the person's password. Raises `TooMany` for whoever keeps guessing."""
    subject = f"confirm:{user.public_id}"
    charge(subject, LIMIT, "Too many wrong passwords.")
    # The person's own method may store the password anew, which would end this very session.
    if not check_password(password, user.password):
        return False
    give_back(subject)
    return True
