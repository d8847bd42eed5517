"""Chores: what a worker does by the clock, in small steps beside the mails.

Each worker keeps its own clock; a chore finds by itself what is due in the database, so that two
workers, or a restarted one, do nothing twice.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

RETRY = timedelta(minutes=1)
"""The wait after a chore failed."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done every so often. Each step of it is short and commits by itself.

    A step yields how many rows it changed.
    """

    name: str
    every: timedelta
    steps: Callable[[], Iterator[int]]


class Chores:
    """The chores of one worker; all are due when it starts. `clock` counts seconds."""

    def __init__(
        self, chores: Iterable[Chore] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._due = {chore: clock() for chore in chores}
        self._under_way: tuple[Chore, Iterator[int]] | None = None
        self._changed = 0

    def step(self) -> bool:
        """Do one step of what is due. Whether there was one; False means: nothing to do now.

        A chore that fails is logged and tried again later, whatever it is: the others must go on.
        """
        chore, steps = self._under_way or self._next() or (None, None)
        if chore is None or steps is None:
            return False
        try:
            self._changed += next(steps)
        except StopIteration:
            if self._changed:
                log.info("chore.done", chore=chore.name, rows=self._changed)
            self._put_off(chore, chore.every)
        except Exception as error:  # noqa: BLE001  # see above
            log.warning("chore.failed", chore=chore.name, error=type(error).__name__)
            self._put_off(chore, min(RETRY, chore.every))
        else:
            self._under_way = chore, steps
        return True

    def seconds_until_due(self) -> float:
        """How long nothing needs to be done; infinity without any chore."""
        return max(0.0, min(self._due.values(), default=float("inf")) - self._clock())

    def _next(self) -> tuple[Chore, Iterator[int]] | None:
        now = self._clock()
        with suppress(StopIteration):
            chore = next(chore for chore, due in self._due.items() if due <= now)
            self._changed = 0
            return chore, chore.steps()
        return None

    def _put_off(self, chore: Chore, wait: timedelta) -> None:
        self._under_way = None
        self._due[chore] = self._clock() + wait.total_seconds()
