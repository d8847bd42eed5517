"""Somebody who behaves well: asks for a few things over and over, and remembers the answers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlsplit

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
            found[name].statuses.append(_status(target))
            found[name].seconds.append(time.monotonic() - began)
    return found


def _status(target: Target) -> int:
    """Of the whole answer. Python's own client: others take longer to begin than our answers."""
    where = urlsplit(target.url)
    connection = HTTPConnection(where.netloc, timeout=PATIENCE)
    try:
        connection.request("GET", where.path, headers=dict(target.headers))
        with connection.getresponse() as answer:
            answer.read()
            return answer.status
    finally:
        connection.close()
