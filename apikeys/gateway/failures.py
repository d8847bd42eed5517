"""Bad credentials, counted by the address they come from: what is too much costs few SELECTs.

Counted after the fact and never by client ID alone, which is public: a stranger could lock a tenant
out. For the same reason nothing is counted where the gateway names no address. Whose key has passed
from the address is checked in any case, and others are tried now and then: who replaced a key must
not wait for the program that still shows the old one.
"""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from accounts.addresses import site_of

WINDOW = 60.0
"""Seconds in which failures are counted, and for which one too many counts."""
NEW_KEYS_EVERY = 0.1
"""Seconds between two look-ups of keys that have neither passed nor failed, once it is too much."""
FAILED_KEYS_EVERY = 1.0
"""Seconds between two look-ups of keys that have failed, once it is too much."""
ADDRESSES_MAX = 10_000
"""Addresses with failures that one process remembers; the oldest are forgotten first."""
PASSED_MAX = 50_000
"""Pairs of address and client ID that have passed; those unseen for longest are forgotten first."""


class _Address:
    __slots__ = ("began", "failed_next", "failures", "keys", "new_next")

    def __init__(self, now: float) -> None:
        self.began = now  # the window
        self.failures = 0
        self.keys: set[str] = set()  # keys that failed; as many as are looked up in a window
        self.new_next = self.failed_next = now


class Failures:
    """How often each address has failed in the current window. One per process."""

    def __init__(self, allowed: int, clock: Callable[[], float] = monotonic) -> None:
        """`allowed` failures of one address in WINDOW seconds; `clock` in seconds."""
        self._allowed = allowed
        self._clock = clock
        self._addresses: OrderedDict[str, _Address] = OrderedDict()
        self._passed: OrderedDict[tuple[str, str], None] = OrderedDict()

    def refuses(self, address: str | None, client_id: str) -> bool:
        """Whether a check for this key from this address is refused unlooked.

        If it is not, it may count as one of the few that are tried.
        """
        address = site_of(address or "")  # an empty one is never counted
        known = self._addresses.get(address)
        if known is None or known.failures < self._allowed:
            return False
        now = self._clock()
        if now - known.began >= WINDOW or (address, client_id) in self._passed:
            return False
        if client_id in known.keys:
            refused, known.failed_next = _wait(now, known.failed_next, FAILED_KEYS_EVERY)
        else:
            refused, known.new_next = _wait(now, known.new_next, NEW_KEYS_EVERY)
        return refused

    def failed(self, address: str | None, client_id: str) -> None:
        """Count a credential that was unknown, wrong or malformed; `client_id` may be empty."""
        if not address:
            return
        address = site_of(address)
        now = self._clock()
        known = self._addresses.get(address)
        if known is None or now - known.began >= WINDOW:
            known = self._addresses[address] = _Address(now)
            self._addresses.move_to_end(address)
            if len(self._addresses) > ADDRESSES_MAX:
                self._addresses.popitem(last=False)
        known.failures += 1
        if client_id:
            known.keys.add(client_id)

    def passed(self, address: str | None, client_id: str) -> None:
        """Remember that this key's own secret came from here."""
        if not address:
            return
        pair = site_of(address), client_id
        self._passed[pair] = None
        self._passed.move_to_end(pair)
        if len(self._passed) > PASSED_MAX:
            self._passed.popitem(last=False)


def _wait(now: float, next_at: float, every: float) -> tuple[bool, float]:
    """Whether it is too early for another try, and when the next may be."""
    return (True, next_at) if now < next_at else (False, now + every)
