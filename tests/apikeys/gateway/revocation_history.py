"""Client processes that check one key without a pause, and what they saw after its end.

`python -m tests.apikeys.gateway.revocation_history URL COUNT` is such a process. It reads one line,
the headers to send as JSON, and says "passes" after its first passes. A line "ended" means that the
end has been acknowledged. After each such line it makes COUNT checks, and prints how many of them
passed and how many did not. Only then does it read on, so a check counts exactly if it starts
after the acknowledgement.
"""

import http.client
import json
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

WARM = 20
"""Passes before the end, so that whatever remembers them has met both workers."""
UNKNOWN = 503


@dataclass(frozen=True)
class Seen:
    """Checks that started after the acknowledgement."""

    passed: int
    refused: int


class Clients:
    """Several processes that hammer one unit with one key."""

    def __init__(self, processes: "Sequence[subprocess.Popen[str]]") -> None:
        self._processes = processes

    def hammer(self, headers: Sequence[tuple[str, str]]) -> None:
        """Begin; returns when each has passed several times, and they go on."""
        for process in self._processes:
            _tell(process, json.dumps(headers))
        for process in self._processes:
            _heard(process, "passes")

    def ended(self) -> Seen:
        """Say that the end is acknowledged; what they saw since."""
        for process in self._processes:
            _tell(process, "ended")
        seen = [_heard(process, "seen").split() for process in self._processes]
        return Seen(sum(int(each[1]) for each in seen), sum(int(each[2]) for each in seen))


@contextmanager
def clients(url: str, *, number: int, checks: int) -> Iterator[Clients]:
    """`number` processes, which together make at least `checks` checks after each end."""
    count = str(-(-checks // number))
    command = [sys.executable, "-m", "tests.apikeys.gateway.revocation_history", url, count]
    with ExitStack() as running:
        started = []
        for _ in range(number):
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            running.enter_context(process)
            running.callback(process.kill)
            started.append(process)
        yield Clients(started)


def _tell(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def _heard(process: "subprocess.Popen[str]", wanted: str) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith(wanted), f"A client ended: {line!r}"
    return line


class _Client:
    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._connection = http.client.HTTPConnection(self._host, timeout=30)
        self._headers: dict[str, str] = {}
        self._asked = 0

    def status(self) -> int:
        """Of one check; every 50th on a new connection, which another worker may get."""
        self._asked += 1
        if self._asked % 50 == 0:
            self._connection.close()
        self._connection.request("GET", "/gateway/verify", headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def serve(self, count: int) -> None:
        """One key after the other, until nobody asks any more."""
        for line in sys.stdin:
            self._headers = dict(json.loads(line))
            passes = 0
            while passes < WARM or not select.select([sys.stdin], [], [], 0)[0]:
                passes += self.status() == 200
                if passes == WARM:
                    sys.stdout.write("passes\n")
                    sys.stdout.flush()
                    passes += 1
            sys.stdin.readline()
            statuses: list[int] = []
            while len(statuses) < count:
                status = self.status()
                statuses += [status] if status != UNKNOWN else []  # says neither
            passed = statuses.count(200)
            sys.stdout.write(f"seen {passed} {count - passed}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _Client(sys.argv[1]).serve(int(sys.argv[2]))
