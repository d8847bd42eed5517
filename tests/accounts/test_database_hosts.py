"""Several hosts of a database are tried side by side, and who served is remembered."""

from collections.abc import Iterator
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Thread, current_thread

import pytest
from psycopg import OperationalError
from psycopg.errors import ConnectionTimeout

from accounts import database_hosts
from accounts.database_hosts import (
    LEFT_BEHIND_MAX,
    Parameters,
    _Race,
    each_host,
    first_to_serve,
)

PATIENCE = 30
"""Seconds after which something that should have happened counts as stuck."""
SHORT = 0.2
"""Seconds; a time that is to pass."""
HOSTS = each_host({"host": "h1,h2", "port": 5432})


class Servers:
    """What the hosts do when somebody connects; they serve unless they are told otherwise."""

    def __init__(self) -> None:
        self.asked = list[str]()
        self.wake = Event()
        self.closed = SimpleQueue[str]()
        self.fails = dict[str, Exception]()
        self.silent = set[str]()
        self.silence = float(PATIENCE)

    def connect(self, host: Parameters) -> str:
        name = str(host["host"])
        self.asked.append(name)
        if name in self.silent:
            self.wake.wait(self.silence)
        if name in self.fails:
            raise self.fails[name]
        return name

    def first(self, hosts: list[Parameters] = HOSTS, seconds: float = PATIENCE) -> str:
        return first_to_serve(hosts, self.connect, self.closed.put, seconds)


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    """Two hosts, of which nobody knows anything yet."""
    monkeypatch.setattr(database_hosts, "_served_last", {})
    servers = Servers()
    yield servers
    servers.wake.set()


@pytest.fixture
def no_head_start_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next host is tried when the one before has failed, or never."""
    monkeypatch.setattr(database_hosts, "HEAD_START", PATIENCE)


def test_a_silent_host_hides_no_other(servers: Servers) -> None:
    servers.silent = {"h1"}
    assert servers.first() == "h2"


def test_a_host_that_fails_gives_way_at_once(servers: Servers, no_head_start_ends: None) -> None:
    servers.fails = {"h1": OperationalError("refused")}
    assert servers.first(seconds=2 * PATIENCE) == "h2"


def test_it_asks_no_other_while_the_first_serves(
    servers: Servers, no_head_start_ends: None
) -> None:
    servers.silent, servers.silence = {"h1"}, SHORT
    assert servers.first() == "h1"
    assert servers.asked == ["h1"]


def test_who_served_is_asked_first(servers: Servers, no_head_start_ends: None) -> None:
    servers.fails = {"h1": OperationalError("refused")}
    servers.first()
    servers.fails, servers.asked = {}, []
    assert servers.first() == "h2"
    assert servers.asked == ["h2"]


def test_when_the_good_one_dies_the_others_are_asked_again(servers: Servers) -> None:
    servers.fails = {"h1": OperationalError("refused")}
    servers.first()
    servers.fails = {"h2": OperationalError("gone")}
    assert servers.first() == "h1"


def test_who_comes_second_is_closed(servers: Servers) -> None:
    servers.silent = {"h1"}
    servers.first()
    servers.wake.set()
    assert servers.closed.get(timeout=PATIENCE) == "h1"


def test_who_comes_at_the_same_moment_is_closed(servers: Servers) -> None:
    race = _Race(["h1"], HOSTS[:1], servers.connect, servers.closed.put)
    race._outcomes.put((0, "h1"))
    race.end()
    assert servers.closed.get_nowait() == "h1"


def test_it_says_why_each_host_failed(servers: Servers) -> None:
    servers.fails = {
        "h1": OperationalError("wrong password\nfor ever"),
        "h2": MemoryError("too small"),
    }
    with pytest.raises(OperationalError) as failure:
        servers.first()
    assert str(failure.value) == "h1:5432: wrong password; h2:5432: too small"
    assert not isinstance(failure.value, ConnectionTimeout)


def test_silence_is_what_counts_of_all_failures(servers: Servers) -> None:
    """Whoever asks again at once would wait as long again."""
    servers.fails = {"h1": ConnectionTimeout("nothing came"), "h2": OperationalError("refused")}
    with pytest.raises(ConnectionTimeout):
        servers.first()


def test_it_gives_up_when_all_are_silent(servers: Servers) -> None:
    servers.silent = {"h1", "h2"}
    with pytest.raises(ConnectionTimeout, match="h2:5432: no answer in time"):
        servers.first(seconds=SHORT)


def test_it_gives_up_where_the_system_has_no_thread(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", start)
    with pytest.raises(OperationalError, match="h1:5432: can't start new thread"):
        servers.first()


def test_attempts_at_a_silent_host_do_not_pile_up(servers: Servers) -> None:
    hosts = each_host({"host": "stuck,h2"})
    servers.silent, servers.fails = {"stuck"}, {"h2": OperationalError("refused")}

    for _ in range(LEFT_BEHIND_MAX + 3):
        with pytest.raises(ConnectionTimeout):
            servers.first(hosts, 0)
    assert servers.asked.count("stuck") == LEFT_BEHIND_MAX
    servers.wake.set()
    assert served_in_the_end(servers, hosts) == "stuck"


def served_in_the_end(servers: Servers, hosts: list[Parameters]) -> str:
    for _ in range(PATIENCE * 20):
        with suppress(OperationalError):
            return servers.first(hosts)
        Event().wait(0.05)
    pytest.fail("No host serves.")


def test_a_single_host_is_connected_to_as_before(servers: Servers) -> None:
    def connect(host: Parameters) -> object:
        return host["host"], current_thread()

    alone = each_host({"host": "h1", "port": 5432})
    assert first_to_serve(alone, connect, print, 0) == ("h1", current_thread())
    servers.fails = {"h1": MemoryError("as it is")}
    with pytest.raises(MemoryError, match="as it is"):
        servers.first(alone)


def test_without_a_host_there_is_one_attempt() -> None:
    assert each_host({"dbname": "d"}) == [{"dbname": "d"}]
