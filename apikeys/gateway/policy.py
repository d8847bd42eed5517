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
from apikeys.gateway.paths import covering, has_short_name, readings

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""What a viewer's key may do. HTTP calls them safe (RFC 9110, 9.2.1). No role may TRACE."""
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
    upgrade: bool = False
    """Whether the client wants another protocol or a tunnel on its connection (RFC 9110, 7.8)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a role may not do what was asked, in a sentence for the caller."""

    reason: str


class Policy:
    """The rules of one installation.

    `user_data_paths` are the patterns that only admins reach. `upgrade_paths` are the patterns on
    which a connection may change its protocol.
    """

    def __init__(self, user_data_paths: Iterable[str], upgrade_paths: Iterable[str] = ()) -> None:
        """Compile the patterns, which `covering` describes. Raises BadPattern."""
        self._covers = covering(user_data_paths)
        self._opens = covering(upgrade_paths)

    def refuses_upgrade(self, asked: Asked) -> bool:
        """Whether a change of the protocol is asked for where none is open.

        No later request on such a connection is judged, so every reading of the path must be open.
        """
        if not asked.upgrade:
            return False
        found = None if asked.decoded else readings(asked.target)
        return not (self._opens and found and all(map(self._opens, found)))

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
