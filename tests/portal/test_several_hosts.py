"""A silent host and a standby hide the primary neither from the portal nor from the unit.

They are named before it. Real clusters, and a socket that takes connections and says nothing.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from urllib.parse import quote

import httpx
import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from accounts import database_hosts
from apikeys.gateway.pipeline import Unavailable
from portal.database import (
    EMBEDDED_APP_ROLE,
    EMBEDDED_DATABASE,
    EMBEDDED_OWNER_ROLE,
    connection_arguments,
    databases,
)
from portal.launcher.embedded_postgres import SUPERUSER, Cluster
from portal.launcher.run import StartFailed, _check_database
from portal.postgresql.base import DatabaseWrapper
from tests.apikeys.gateway.asking import VERIFY, asked, showing
from tests.apikeys.gateway.lookups import AskedLookup
from tests.own_cluster import manage, own_cluster, surroundings
from tests.served_gateway import gateway_unit
from tests.served_portal import portal_process
from tests.standby import Standby, standby_of

PATIENCE = 60
"""Seconds after which something that should have happened counts as stuck."""
WORKERS = 2

pytestmark = pytest.mark.xdist_group("several-hosts")  # they share two clusters


@dataclass(frozen=True)
class Hosts:
    """Two hosts that answer, and the secret of a key in their database."""

    standby: Standby
    primary: Cluster
    secret: str

    def behind(self, silent: socket.socket) -> dict[str, str]:
        """The environment of an installation that names a silent host, the standby, the primary."""
        clusters = (self.standby, self.primary)
        names = quote(",".join(["127.0.0.1", *(str(each.socket_directory) for each in clusters)]))
        roles = {"DATABASE_URL": EMBEDDED_APP_ROLE, "DATABASE_OWNER_URL": EMBEDDED_OWNER_ROLE}
        rest = f"{EMBEDDED_DATABASE}?host={names}&port={silent.getsockname()[1]},,"
        return os.environ | {name: f"postgresql://{role}@/{rest}" for name, role in roles.items()}

    @contextmanager
    def failover(self) -> Iterator[None]:
        """The primary dies. What is done inside is undone."""
        self.primary.stop()
        try:
            yield
        finally:
            self.standby.stop()
            self.standby.start()
            self.primary.start()


@dataclass(frozen=True)
class Installation:
    """Where the portal says whether it is ready, and a check at the unit."""

    ready: httpx.Request
    check: httpx.Request

    def becomes(self, status: int) -> bool:
        """Whether both answer so in the end, whichever of their workers is asked."""
        return any(self._statuses() == {status} or Event().wait(0.05) for _ in range(PATIENCE * 10))

    def _statuses(self) -> set[int]:
        found = set[int]()
        for request in (self.ready, self.check) * WORKERS * 2:
            with httpx.Client(timeout=PATIENCE) as client:
                found.add(client.send(request).status_code)
        return found


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Where connections are taken and nothing is said."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield silent


def was_tried(silent: socket.socket) -> bool:
    """Whether anybody has connected to it since this was asked last."""
    silent.setblocking(False)
    tried = False
    with suppress(BlockingIOError):
        while True:
            silent.accept()[0].close()
            tried = True
    return tried


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """They hold what a fresh demo has."""
    with own_cluster("portal-hosts-") as primary:
        var = tmp_path_factory.mktemp("var")
        env = surroundings(primary) | {"VAR": str(var)}
        manage("migrate", env)
        manage("make_demo_data", env | {"DEMO": "1"})
        keys = json.loads((var / "demo.json").read_text())["keys"]
        secret = next(key["client_secret"] for key in keys if key["kind"] == "tenant")
        with standby_of(primary) as standby:
            yield Hosts(standby, primary, secret)


@pytest.fixture(scope="module")
def installation(hosts: Hosts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A portal and a unit."""
    var, headers = tmp_path_factory.mktemp("served"), [*asked(), *showing(hosts.secret)]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = hosts.behind(silent)["DATABASE_URL"]
        with portal_process(url, var) as portal, gateway_unit(url, var, workers=WORKERS) as unit:
            yield Installation(
                httpx.Request("GET", f"{portal.url}/readyz"),
                httpx.Request("GET", f"{unit.url}{VERIFY}", headers=headers),
            )


@pytest.fixture
def worker(
    hosts: Hosts, silent: socket.socket, django_db_blocker: DjangoDbBlocker
) -> Iterator[DatabaseWrapper]:
    """The connection of a portal's thread."""
    worker = connection.copy()
    assert isinstance(worker, DatabaseWrapper)
    worker.settings_dict |= databases(hosts.behind(silent))
    with django_db_blocker.unblock():
        yield worker
        worker.close()


@pytest.fixture
def lookup(hosts: Hosts, silent: socket.socket) -> Iterator[AskedLookup]:
    """The unit's connections."""
    lookup = AskedLookup(connection_arguments(databases(hosts.behind(silent))))
    yield lookup
    lookup.close()


def connected(worker: DatabaseWrapper) -> str:
    """Connect, and say where to."""
    worker.connect()
    return str(worker.connection.info.host)


def answers(lookup: AskedLookup) -> bool:
    """Whether it answers in the end."""
    for _ in range(PATIENCE * 10):
        try:
            return lookup.find("") is None
        except Unavailable:
            Event().wait(0.05)
    return False


def no_head_start_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a host works on its answer no other one is tried, however slow this machine is."""
    monkeypatch.setattr(database_hosts, "HEAD_START", PATIENCE)


def test_portal_and_unit_answer_with_the_primary(installation: Installation) -> None:
    assert installation.becomes(200)


def test_portal_and_unit_follow_a_failover(installation: Installation, hosts: Hosts) -> None:
    assert installation.becomes(200)
    with hosts.failover():
        assert installation.becomes(503)
        hosts.standby.promote()
        assert installation.becomes(200)
    assert installation.becomes(200)


def test_the_portal_tries_first_who_served_last(
    worker: DatabaseWrapper,
    hosts: Hosts,
    silent: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    primary = str(hosts.primary.socket_directory)
    assert connected(worker) == primary
    assert was_tried(silent)
    worker.close()
    no_head_start_ends(monkeypatch)
    assert connected(worker) == primary
    assert not was_tried(silent)


def test_the_unit_tries_first_who_served_last(
    lookup: AskedLookup, hosts: Hosts, silent: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answers(lookup)
    assert was_tried(silent)
    no_head_start_ends(monkeypatch)
    with psycopg.connect(hosts.primary.url(SUPERUSER), autocommit=True) as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE application_name = 'portal-gateway'"
        )
    assert answers(lookup)
    assert not was_tried(silent)


def test_the_start_finds_the_primary(hosts: Hosts, silent: socket.socket) -> None:
    _check_database(hosts.behind(silent))


def test_the_start_says_of_each_host_why_it_is_no_use(hosts: Hosts, tmp_path: Path) -> None:
    standby = quote(str(hosts.standby.socket_directory))
    address = f"postgresql://{EMBEDDED_APP_ROLE}:hunter2@/{EMBEDDED_DATABASE}"
    env = {"DATABASE_URL": f"{address}?host={standby},{quote(str(tmp_path))}"}
    with pytest.raises(StartFailed, match="read-only; .*No such file") as failure:
        _check_database(env)
    assert "hunter2" not in str(failure.value)
