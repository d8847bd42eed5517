"""So many failed sign-ins that a person's account looks at no password from unknown devices."""

from accounts.errors import TooMany
from accounts.models import User
from accounts.sign_in_limits import ACCOUNT, begin_attempt


def fail_everywhere(user: User) -> None:
    """Fail for `user` from as many addresses as it takes."""
    for number in range(ACCOUNT.quota + 1):
        address = f"203.0.113.{number}"
        try:
            begin_attempt(email=user.email, user=user, address=address, device="", code="")
        except TooMany:
            return
    raise AssertionError("no limit was reached")
