"""Bad credentials, counted by the address they come from: what is too much costs us no SELECT.

Counted after the fact and never by client ID, which is public: a stranger could lock a tenant out.
For the same reason nothing is counted where the gateway names no address. Whose key has passed from
the address lately is checked in any case.
"""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

WINDOW = 60.0
"""Seconds in which failures are counted, and for which one too many is refused."""
ADDRESSES_MAX = 10_000
"""Addresses that one process remembers; those unseen for longest are forgotten first."""
KEYS_MAX = 100
"""Client IDs that have passed, remembered for one address."""


class _Address:
    __slots__ = ("began", "failures", "passed")

    def __init__(self, now: float) -> None:
        self.began = now  # the window
        self.failures = 0
        self.passed: OrderedDict[str, None] = OrderedDict()


class Failures:
    """How often each address has failed in the current window. One per process."""

    def __init__(self, allowed: int, clock: Callable[[], float] = monotonic) -> None:
        """`allowed` failures of one address in WINDOW seconds; `clock` in seconds."""
        self._allowed = allowed
        self._clock = clock
        self._addresses: OrderedDict[str, _Address] = OrderedDict()

    def too_many(self, address: str | None, client_id: str) -> bool:
        """Whether a check for this key from this address is to be refused unlooked."""
        known = self._addresses.get(address or "")  # nobody's is never there
        if known is None or known.failures < self._allowed or client_id in known.passed:
            return False
        return self._clock() - known.began < WINDOW

    def failed(self, address: str | None) -> None:
        """Count a credential that was unknown, wrong or malformed."""
        if not address:
            return
        known = self._known(address)
        now = self._clock()
        if now - known.began >= WINDOW:
            known.began, known.failures = now, 0
        known.failures += 1

    def passed(self, address: str | None, client_id: str) -> None:
        """Remember that this key's own secret came from here."""
        if not address:
            return
        passed = self._known(address).passed
        passed[client_id] = None
        passed.move_to_end(client_id)
        if len(passed) > KEYS_MAX:
            passed.popitem(last=False)

    def _known(self, address: str) -> _Address:
        known = self._addresses.get(address)
        if known is None:
            known = self._addresses[address] = _Address(self._clock())
            if len(self._addresses) > ADDRESSES_MAX:
                self._addresses.popitem(last=False)
        self._addresses.move_to_end(address)
        return known
