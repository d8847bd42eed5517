"""Argon2 as Django ships it, which takes no time from everybody else.

A hash takes a fifth of a second of eight threads. Six at once are 48 threads that want to run, and
whoever waits for a processor behind them waits for seconds. So a process hashes one password after
the other, in a thread that runs when nothing else wants to, and refuses a password that would wait
for long.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.errors import TooManyAtOnce

IN_HAND = 2
"""Passwords that a process takes on: one is hashed, the other waits for it and holds its thread."""
LOWEST_PRIORITY = 19
"""As nice as a thread can be; Argon2's own threads inherit it."""


class _Turns:
    """One place to hash at, and one to wait for it."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin anew. The thread starts with the first password, so it is of the process that asks.

        Python ends it at the end of the process, after the hash that it is at.
        """
        self._places = threading.Semaphore(IN_HAND)
        self._thread = ThreadPoolExecutor(1, "passwords", initializer=_give_way)

    def take[**P, R](self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `work` gives, when its turn has come. Raises `TooManyAtOnce` without waiting."""
        places = self._places
        if not places.acquire(blocking=False):
            raise TooManyAtOnce
        try:
            return self._thread.submit(work, *args, **kwargs).result()
        finally:
            places.release()


def _give_way() -> None:
    """Let all other threads run first. Only Linux knows priorities of threads."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a sandbox may forbid it; passwords are hashed anyway
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)


_turns = _Turns()
# A process that was forked has its parent's objects and none of its threads.
os.register_at_fork(after_in_child=_turns.begin)


class CalmArgon2(Argon2PasswordHasher):
    """Django's hasher, whose work waits for its turn. Raises `TooManyAtOnce`."""

    def encode(self, password: str, salt: str) -> str:
        """What is stored for this password."""
        return _turns.take(super().encode, password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Whether what was stored is of this password."""
        return _turns.take(super().verify, password, encoded)
