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
    cap: MailCap, *, sender: str = "", account: str = "", targets: Iterable[str]
) -> None:
    """Count a mail of this kind to each of `targets`. Raises `TooMany` for the first cap reached.

    `sender` is who asks: a person's public id, or the site of a stranger; empty where nobody is
    known. `account` is the public id of the tenant for which it is sent.
    """
    if sender:
        _charge(cap, cap.sender, sender, "You asked for")
    if account and cap.account:
        _charge(cap, cap.account, account, "This account asked for")
    for target in targets:
        _charge(cap, cap.target, target, "This address was sent", cap.more)


def _charge(cap: MailCap, limit: RateLimit, subject: str, who: str, more: str = "") -> None:
    digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
    said = f"{who} {limit.quota} {cap.noun} within an hour, which is the most. {more}".strip()
    charge(f"mail:{cap.kind}:{limit.policy}:{digest}", limit, said)
