"""A unit with a mistake planted into it: it remembers keys for STALE_SECONDS.

For the revocation tests alone: what they look for, they must be able to find.
"""

import os
from time import monotonic

from apikeys.gateway.coroutine_protocol import Steps
from apikeys.gateway.lookup import KeyState, Lookup
from portal.gateway import application

SECONDS = float(os.environ["STALE_SECONDS"])

_find = Lookup.find
_remembered: dict[str, tuple[float, KeyState | None]] = {}


def _remembering(self: Lookup, client_id: str) -> Steps[KeyState | None]:
    until, state = _remembered.get(client_id, (0.0, None))
    if monotonic() >= until:
        state = yield from _find(self, client_id)
        _remembered[client_id] = monotonic() + SECONDS, state
    return state


Lookup.find = _remembering  # type: ignore[method-assign]

__all__ = ["application"]
