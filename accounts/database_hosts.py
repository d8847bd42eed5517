"""Several hosts of one database: they are tried side by side, and who served is remembered.

libpq tries one host after the other, and its non-blocking calls know no `connect_timeout`: a silent
first host would hide the second for ever. So each host has an attempt of its own. It runs in a
thread, because a host's name is looked up without a deadline too.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Any

from psycopg import OperationalError
from psycopg.errors import ConnectionTimeout

HEAD_START = 0.1
"""Seconds for which a host is tried alone. The next one begins then, or when this one fails."""
LEFT_BEHIND_MAX = 8
"""Attempts at one host that may go on after nobody waits for them. Then it counts as failed."""
LISTS = ("host", "hostaddr", "port")
"""Parameters of libpq that name one thing for each host, separated by commas."""

type Parameters = Mapping[str, Any]
"""What libpq is told of a database."""

_lock = Lock()
_served_last = dict[tuple[str, ...], int]()
"""By the names of all hosts, the place of the one that served last."""
_left_behind = Counter[str]()
"""By a host's name, how many attempts go on for which nobody waits."""


def listed(parameters: Parameters, name: str) -> list[str]:
    """The values of a parameter that names one thing for each host."""
    value = str(parameters.get(name) or "")
    return value.split(",") if value else []


def each_host(parameters: Parameters) -> list[Parameters]:
    """The parameters for each host alone. A single port is the port of all hosts."""
    lists = {name: listed(parameters, name) for name in LISTS}
    count = max(len(lists["host"]), len(lists["hostaddr"]))
    if count <= 1:
        return [parameters]
    whole = {name: values * count if len(values) == 1 else values for name, values in lists.items()}
    return [
        dict(parameters) | {name: values[number] for name, values in whole.items() if values}
        for number in range(count)
    ]


def first_to_serve[C](
    hosts: Sequence[Parameters],
    connect: Callable[[Parameters], C],
    close: Callable[[C], None],
    seconds: float,
) -> C:
    """Return the first connection that is made to one of the hosts. All others are closed.

    The host that served last is tried first. A single host is connected to as if this function were
    not there. With several, OperationalError is raised when all have failed, and its subclass
    ConnectionTimeout when one of them was silent or when the `seconds` are over.
    """
    if len(hosts) == 1:
        return connect(hosts[0])
    names = tuple(map(_name, hosts))
    best = _served_last.get(names, 0)
    order = sorted(range(len(hosts)), key=lambda number: number != best)
    race = _Race(names, hosts, connect, close)
    try:
        winner, connection = race.run(order, monotonic() + seconds)
    finally:
        race.end()
    _served_last[names] = winner
    return connection


def _name(host: Parameters) -> str:
    """The host and its port, for people."""
    return ":".join(str(value) for name in LISTS if (value := host.get(name)))


class _Race[C]:
    """One search for a host that serves."""

    def __init__(
        self,
        names: Sequence[str],
        hosts: Sequence[Parameters],
        connect: Callable[[Parameters], C],
        close: Callable[[C], None],
    ) -> None:
        self._names = names
        self._hosts = hosts
        self._connect = connect
        self._close = close
        self._outcomes = SimpleQueue[tuple[int, C | Exception]]()
        self._under_way = set[int]()
        self._over = False

    def run(self, order: Sequence[int], end: float) -> tuple[int, C]:
        """Return the host that came first, and its connection."""
        waiting, failures = deque(order), dict[int, Exception]()
        while waiting or self._under_way:
            if waiting:
                self._start(waiting.popleft())
            patience = max(end - monotonic(), 0)
            try:
                number, outcome = self._outcomes.get(
                    timeout=min(patience, HEAD_START) if waiting else patience
                )
            except Empty:
                if monotonic() >= end:
                    break
                continue
            self._under_way.discard(number)
            if not isinstance(outcome, Exception):
                return number, outcome
            failures[number] = outcome
        raise self._failure(failures)

    def end(self) -> None:
        """Close what came too late. What comes later still closes itself."""
        late = list[C | Exception]()
        with _lock:
            self._over = True
            while not self._outcomes.empty():
                number, outcome = self._outcomes.get()
                self._under_way.discard(number)
                late.append(outcome)
            _left_behind.update(self._names[number] for number in self._under_way)
        for outcome in late:
            self._drop(outcome)

    def _start(self, number: int) -> None:
        self._under_way.add(number)
        if _left_behind[self._names[number]] >= LEFT_BEHIND_MAX:
            failure = ConnectionTimeout("earlier attempts still wait for an answer")
            self._outcomes.put((number, failure))
            return
        thread = Thread(target=self._try, args=[number], name="database-host", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no more threads
            self._outcomes.put((number, error))

    def _try(self, number: int) -> None:
        outcome: C | Exception
        try:
            outcome = self._connect(self._hosts[number])
        except Exception as error:  # whatever it was: another host may serve
            outcome = error.with_traceback(None)  # which would keep the socket open
        with _lock:
            if not self._over:
                self._outcomes.put((number, outcome))
                return
            _left_behind[self._names[number]] -= 1
        self._drop(outcome)

    def _drop(self, outcome: C | Exception) -> None:
        if not isinstance(outcome, Exception):
            self._close(outcome)

    def _failure(self, failures: Mapping[int, Exception]) -> OperationalError:
        late = ConnectionTimeout("no answer in time")
        found = [failures.get(number, late) for number in range(len(self._names))]
        timed_out = any(isinstance(failure, ConnectionTimeout) for failure in found)
        said = (str(failure).strip().partition("\n")[0] for failure in found)
        text = "; ".join(f"{name}: {words}" for name, words in zip(self._names, said, strict=True))
        return ConnectionTimeout(text) if timed_out else OperationalError(text)
