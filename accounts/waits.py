"""Which of this process's requests wait for somebody else: not all of them may.

A thread that waits for a lock answers nobody else meanwhile. So at most half of a server's threads
wait, and few of them for one tenant; whoever comes then is told that it is busy.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from psycopg.errors import LockNotAvailable

OF_ONE_TENANT = 2
"""Requests that wait for the same tenant in one process."""


class Busy(LockNotAvailable):
    """Enough others wait already. Like PostgreSQL's own word that a lock was not to be had in time.

    Nothing was changed; the same request may succeed in a moment.
    """


def is_busy(error: BaseException | None) -> bool:
    """Whether Django's error says that somebody else held a lock for too long."""
    return getattr(getattr(error, "__cause__", None), "sqlstate", None) == Busy.sqlstate


class WaitingRoom:
    """A number of seats. Each thread that waits has one."""

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._lock = threading.Lock()
        self._seated: dict[int, int | None] = {}
        """Which thread waits, and for which tenant where that is known."""

    @contextmanager
    def seat(self, tenant_pk: int | None) -> Iterator[None]:
        """Wait inside; a thread that has a seat keeps it. Raises Busy where no seat is left."""
        thread = threading.get_ident()
        with self._lock:
            is_seated = thread in self._seated
            if not is_seated:
                self._refuse_if_full(tenant_pk)
                self._seated[thread] = tenant_pk
        try:
            yield
        finally:
            if not is_seated:
                with self._lock:
                    del self._seated[thread]

    def _refuse_if_full(self, tenant_pk: int | None) -> None:
        if len(self._seated) >= self._seats:
            raise Busy("Half of the threads wait already.")
        for_tenant = tenant_pk is not None and list(self._seated.values()).count(tenant_pk)
        if for_tenant >= OF_ONE_TENANT:
            raise Busy("Others wait for this tenant already.")


_of_process: WaitingRoom | None = None


def limit_waits(threads: int) -> None:
    """From now on at most half of this process's `threads` wait. Commands and tests wait freely."""
    global _of_process  # noqa: PLW0603  # one per process, as its threads are
    _of_process = WaitingRoom(max(1, threads // 2))


def seat(tenant_pk: int | None = None) -> AbstractContextManager[None]:
    """Where the calling thread waits for what somebody else holds, as `WaitingRoom.seat`."""
    return nullcontext() if _of_process is None else _of_process.seat(tenant_pk)
