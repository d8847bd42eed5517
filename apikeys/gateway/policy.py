"""What a role may do behind the gateway: by method, and by paths that hold user data.

The table is product.md's ("Towards any other API behind the gateway"). Paths are compared as
upstreams may read them; one that they could read in two ways is refused, not guessed at.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from accounts.roles import Role
from apikeys.gateway.paths import has_short_name, readings, user_data

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""What a viewer's key may do. HTTP calls them safe (RFC 9110, 9.2.1); TRACE is nobody's."""
OVERRIDES = frozenset(
    "".join(spelled)
    for name in ("x-http-method-override", "x-http-method", "x-method-override")
    for spelled in product(*("-_" if each == "-" else each for each in name))
)
"""Headers by which some upstreams take another method than the request's own.

In any spelling with underscores, which servers make of dashes.
"""

_METHOD = re.compile(r"\A[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}\Z")  # a token of RFC 9110, 5.6.2


class Asked(NamedTuple):
    """What the client asked the gateway for."""

    method: str
    target: str
    """Path and query as the client sent them, not decoded."""
    overridden: bool = False
    """Whether the request names another method in a header."""
    decoded: bool = False
    """Whether somebody has decoded the target, so that it does not show what was sent."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a role may not do what was asked, in a sentence for the caller."""

    reason: str


class Policy:
    """The rules of one installation. `user_data_paths` are the patterns that only admins reach."""

    def __init__(self, user_data_paths: Iterable[str]) -> None:
        """Compile the patterns, which `user_data` describes. Raises BadPattern."""
        patterns = list(user_data_paths)
        self._covers = user_data(patterns) if patterns else None

    def refusal(self, role: Role, asked: Asked) -> Refusal | None:
        """None if a key with `role` may do this."""
        if asked.method not in READING and not _METHOD.fullmatch(asked.method):
            return Refusal("This method cannot be judged, so it is refused.")
        if role == Role.ADMIN:
            return None
        if role == Role.VIEWER and (asked.overridden or asked.method not in READING):
            return Refusal(
                "A viewer's key may only read: GET, HEAD and OPTIONS, without another method in a "
                "header. Use a key with the role GL or admin."
            )
        return _path_refusal(asked, self._covers) if self._covers else None


def _path_refusal(asked: Asked, covers: Callable[[str], object]) -> Refusal | None:
    found = None if asked.decoded else readings(asked.target)
    if found and any(map(covers, found)):
        return Refusal("This path holds data about users. Use a key with the role admin.")
    if found is None or has_short_name(found[0]):
        return Refusal(
            "This path can be read in more than one way, so it is refused. Send it without encoded "
            "slashes, dot segments, backslashes, semicolons, encoded ? and #, invisible signs and "
            "signs that look like others."
        )
    return None
