"""How often somebody may try to sign in. Strangers who guess lock nobody out.

Attempts are counted before the password is looked at, or many at once would all be looked at. An
attempt that succeeds does not count, nor does one whose password was not looked at after all.
Attempts on a known device, or with a code from a mail, are counted apart from all others, and so
always get as far as the password.
"""

import hashlib
from dataclasses import dataclass

from accounts.addresses import site_of
from accounts.errors import Invalid
from accounts.mailed_codes import is_code_of
from accounts.models import User
from accounts.rate_limits import RateLimit, charge, give_back

SITE = RateLimit("site", 60, 600)
"""Failures from one address, whoever is tried: an office shares an address."""
PAIR = RateLimit("pair", 5, 60)
"""Failures from one address for one account."""
ACCOUNT = RateLimit("account", 20, 3600)
"""Failures for one account from everywhere (NIST SP 800-63B-4, 3.2.2 allows 100 in a row)."""
PROVED = RateLimit("proved", 10, 600)
"""Failures on one known device, or with a code that was mailed."""
CODES = RateLimit("codes", 20, 600)
"""Codes tried from one address for one account."""
TOO_MANY = "Too many attempts."


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that may go on to the password; it counts as failed until it succeeds."""

    subjects: tuple[str, ...]

    def take_back(self) -> None:
        """Count it no more: it succeeded, or its password was not looked at."""
        for subject in self.subjects:
            give_back(subject)


def begin_attempt(
    *, email: str, user: User | None, address: str, device: str, code: str
) -> Attempt:
    """Count an attempt to sign in with `email`. Raises `TooMany`, or `Invalid` for a wrong code.

    `user` is who signs in with `email`, if anybody; unknown emails count alike. `address` is where
    the request comes from, `device` this browser's number if it is a known device of `user`, `code`
    what was typed as the code from a mail, if anything.
    """
    site = site_of(address)
    if code:
        tried = _counted((CODES, f"{site} {email}"))
        if not is_code_of(user, code) or user is None:
            raise Invalid({"code": "This is not the code of the last mail. Look again."})
        proved = _counted((PROVED, f"code {user.public_id}"))
        return Attempt(tried.subjects + proved.subjects)
    if user is not None and device:
        return _counted((PROVED, f"device {device} {user.public_id}"))
    sites = [(SITE, site)] if site else []
    # In this order, attempts that are stopped at one address cost the account nothing more.
    return _counted(*sites, (PAIR, f"{site} {email}"), (ACCOUNT, email))


def _counted(*counts: tuple[RateLimit, str]) -> Attempt:
    subjects = tuple(_subject(limit, who) for limit, who in counts)
    for subject, (limit, _) in zip(subjects, counts, strict=True):
        charge(subject, limit, TOO_MANY)
    return Attempt(subjects)


def _subject(limit: RateLimit, who: str) -> str:
    return f"sign-in:{limit.policy}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
