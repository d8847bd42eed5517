"""Codes by mail: how a person whose account is under attack gets as far as the password.

A code shows that whoever types it reads the mailbox, and nothing else: the password is asked for
all the same. It is made of the secret key, the person and the hour, so every mail of an hour brings
the same code. Strangers can use up the mails of an hour, but not the code in them.
"""

from base64 import b32encode
from datetime import timedelta

from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.clock import database_now
from accounts.mail_caps import MailCap, charge_mail
from accounts.models import OutboxMail, User
from accounts.rate_limits import RateLimit
from accounts.services import outbox

VALID_FOR = timedelta(hours=1)
"""At least; a code of the hour before is still taken, so it lives for up to twice as long."""
CODE_BYTES = 5
"""40 bits, 8 characters: whoever guesses from 100,000 addresses needs centuries."""
CAP = MailCap(
    "code",
    "codes to sign in",
    sender=RateLimit("sender", 20, 3600),
    target=RateLimit("target", 5, 3600),
    more="The code in the last mail still works.",
)


def mail_code(email: str, site: str) -> None:
    """Mail the code of this hour to `email` if somebody signs in with it. Raises `TooMany`.

    Mails count for every address alike, so that the answer tells nobody who has an account.
    `site` is where the request comes from.
    """
    if charge_mail(CAP, targets=[email]) > 1:
        # The first of an hour is free, or others at the same address could use the sender's up.
        charge_mail(CAP, sender=site)
    user = User.objects.filter(email=email, is_active=True).first()
    if user is not None:
        hour = _hour()
        code = _code(user, hour)
        context = {"code": f"{code[:4]} {code[4:]}"}
        outbox.enqueue(email, "sign_in_code", context, matter=f"sign_in_code {hour}")


def still_signs_in(mail: OutboxMail, hour: str) -> bool:
    """Whether the code in a mail is still taken."""
    return int(hour) >= _hour() - 1 and User.objects.filter(email=mail.to, is_active=True).exists()


def is_code_of(user: User | None, typed: str) -> bool:
    """Whether `typed` is a code that was mailed to the person within the last hour or two.

    Without a person it takes as long and is False.
    """
    tidy = "".join(typed.upper().split()).replace("-", "")
    # Base32 has no such digits: whoever reads them has seen the letter (RFC 4648, 6).
    tidy = tidy.translate(str.maketrans("018", "OIB"))
    matches = [constant_time_compare(tidy, code) for code in _codes(user or User())]
    return user is not None and any(matches)


def _codes(user: User) -> tuple[str, str]:
    """The code of this hour and the one of the hour before."""
    hour = _hour()
    return _code(user, hour), _code(user, hour - 1)


def _hour() -> int:
    return int(database_now().timestamp() // VALID_FOR.total_seconds())


def _code(user: User, hour: int) -> str:
    value = f"{user.public_id} {user.email} {hour}"
    digest = salted_hmac("accounts.mailed_codes", value, algorithm="sha256").digest()
    return b32encode(digest[:CODE_BYTES]).decode()
