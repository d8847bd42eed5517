"""How many mails of a kind somebody may cause: per sender, per account and per recipient.

Whoever is over a cap is told so, with the wait. Nothing else of the request happens then.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.rate_limits import RateLimit, charge


@dataclass(frozen=True, slots=True)
class MailCap:
    """The caps of one kind of mail; `noun` is its plural within a sentence."""

    kind: str
    noun: str
    sender: RateLimit
    target: RateLimit
    account: RateLimit | None = None
    more: str = ""
    """A sentence for whoever is over the cap of the recipient."""


def charge_mail(
    cap: MailCap, *, sender: str = "", account: str = "", targets: Iterable[str] = ()
) -> int:
    """Count a mail of this kind to each of `targets`. Raises `TooMany` for the first cap reached.

    Returns how many the one who got most of them was sent within the hour, this one included.

    `sender` is who asks: a person's public id, or the site of a stranger; empty where nobody is
    known. `account` is the public id of the tenant for which it is sent.
    """
    if sender:
        _charge(cap, cap.sender, sender, f"You asked for {cap.sender.quota} {cap.noun}")
    if account and cap.account:
        said = f"This account asked for {cap.account.quota} {cap.noun}"
        _charge(cap, cap.account, account, said)
    said = f"{cap.target.quota} {cap.noun} for this address were asked for"
    used = [_charge(cap, cap.target, target, said, cap.more) for target in targets]
    return max(used, default=0)


def _charge(cap: MailCap, limit: RateLimit, subject: str, said: str, more: str = "") -> int:
    digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
    said = f"{said} within an hour, which is the most. {more}".strip()
    return charge(f"mail:{cap.kind}:{limit.policy}:{digest}", limit, said)
