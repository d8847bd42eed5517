"""The worker beside the portal: one that ended starts again, but not again and again at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.launcher.worker import SHORTEST_LIFE, Worker

NO_SETTINGS = {"SECRET_KEY": "", "VAR": "/nonexistent"}


class Clock:
    """Seconds that pass when a test says so."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ended(clock: Clock, tmp_path: Path) -> Iterator[Worker]:
    """A worker that ends at once, since it has no settings."""
    worker = Worker(env=NO_SETTINGS, log=tmp_path / "worker.log", clock=clock)
    worker.start()
    assert worker._process is not None
    worker._process.wait(60)
    yield worker
    worker.stop()


def test_a_worker_that_ends_at_once_starts_again_only_after_a_while(
    ended: Worker, clock: Clock
) -> None:
    clock.seconds = SHORTEST_LIFE - 0.1
    assert not ended.restart_if_ended()
    clock.seconds = SHORTEST_LIFE
    assert ended.restart_if_ended()
    assert not ended.restart_if_ended()


def test_a_worker_that_runs_is_left_alone(ended: Worker, clock: Clock) -> None:
    clock.seconds = SHORTEST_LIFE
    assert ended.restart_if_ended()
    assert ended.is_running()
    assert not ended.restart_if_ended()
