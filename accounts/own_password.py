"""Asking for a signed-in person's own password, for what a stolen session must not do."""

from django.contrib.auth.hashers import check_password

from accounts.errors import TooManyAtOnce
from accounts.models import User
from accounts.rate_limits import RateLimit, charge, give_back

LIMIT = RateLimit("confirm", 10, 600)
"""Wrong passwords of one signed-in person."""


def is_own_password(user: User, password: str) -> bool:
    """Whether this is the person's password. Raises `TooMany` for whoever keeps guessing.

    Must run outside of a transaction: the count would be locked while the password is hashed, and
    whoever tries the same person's password would wait for it.
    """
    subject = f"confirm:{user.public_id}"
    charge(subject, LIMIT, "Too many wrong passwords.")
    try:
        # The person's own method may store the password anew, which would end this very session.
        right = check_password(password, user.password)
    except TooManyAtOnce:
        give_back(subject)
        raise
    if right:
        give_back(subject)
    return right
