"""Several people at once, each on a connection of their own."""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from tests.database_roles import as_superuser

PROVE = os.environ.get("PROVE") == "1"
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""

type Task = Callable[[], object]


def rounds(usually: int, to_prove_it: int) -> int:
    """How often a race is run: a few times, or often enough to be a proof (PROVE=1)."""
    return to_prove_it if PROVE else usually


def race(tasks: Sequence[Task]) -> list[object]:
    """Run all tasks at once; what each returned, or the exception it raised."""
    start = threading.Barrier(len(tasks))
    runners = [_Runner(task, start) for task in tasks]
    for runner in runners:
        runner.start()
    return [runner.outcome() for runner in runners]


@dataclass(frozen=True)
class Overtaken:
    """How it ended for a task that waited while another changed the world."""

    waited: bool
    outcome: object


def overtake(task: Task, *, first: Task) -> Overtaken:
    """Run `first`, begin `task` on another connection, and commit `first` once `task` waits."""
    runner = _Runner(task)
    with transaction.atomic():
        first()
        runner.start()
        waited = _waits(runner)
    return Overtaken(waited, runner.outcome())


def queued(tasks: Sequence[Task]) -> Callable[[], list[object]]:
    """Begin all tasks on connections of their own, and return once each waits for a lock.

    What is returned tells how they ended: to be called when nobody holds the lock any more.
    """
    runners = [_Runner(task) for task in tasks]
    for runner in runners:
        runner.start()
    with as_superuser() as superuser:
        while superuser.execute(WAITING).fetchone() != (len(tasks),):
            assert all(runner.is_alive() for runner in runners)
    return lambda: [runner.outcome() for runner in runners]


def _waits(runner: "_Runner") -> bool:
    """Look until the runner stands in the queue for a lock, or is through without one."""
    with as_superuser() as superuser:
        while runner.is_alive():
            if superuser.execute(WAITING).fetchone() == (1,):
                return True
    return False


class _Runner(threading.Thread):
    def __init__(self, task: Task, start: threading.Barrier | None = None) -> None:
        super().__init__(daemon=True)
        self._task = task
        self._start = start
        self._outcome: object = None

    def run(self) -> None:
        try:
            with connection.cursor() as cursor:  # connecting does not count as part of the race
                # On a slow machine many wait long for each other, so there is no time limit.
                cursor.execute("SET lock_timeout = 0")
            if self._start is not None:
                self._start.wait()
            self._outcome = self._task()
        except Exception as error:  # noqa: BLE001  # whatever it was is the outcome
            self._outcome = error
        finally:
            connection.close()

    def outcome(self) -> object:
        self.join()
        return self._outcome
