"""Somebody who behaves well: asks for a few things over and over, and remembers the answers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

import httpx

PATIENCE = 60
"""Seconds after which an answer counts as missing, on a machine that is busy with other tests."""


@dataclass(frozen=True)
class Target:
    """Something to ask for, and how."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Answers:
    """What one target answered."""

    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Seconds."""
        return median(self.seconds)


def ask(targets: Mapping[str, Target], rounds: int) -> dict[str, Answers]:
    """Ask for each target in turn, `rounds` times, each time on a connection of its own."""
    found = {name: Answers() for name in targets}
    for _ in range(rounds):
        for name, target in targets.items():
            began = time.monotonic()
            answer = httpx.get(target.url, headers=dict(target.headers), timeout=PATIENCE)
            found[name].seconds.append(time.monotonic() - began)
            found[name].statuses.append(answer.status_code)
    return found
