"""A gateway that cannot know refuses: 503 within a second, never a pass, whatever PostgreSQL does.

The unit's PostgreSQL is a cluster of its own, which these tests break. The second is the client's
own timeout: who waits longer has failed.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import psycopg
import pytest

from portal.launcher.embedded_postgres import SUPERUSER, Cluster
from tests import own_cluster
from tests.apikeys.gateway.asking import TIMEOUT, VERIFY, asked, showing
from tests.own_cluster import manage, surroundings
from tests.racing import rounds
from tests.served_gateway import ServedGateway, gateway_unit

PATIENCE = 60
"""Seconds until the database has to be back."""


@dataclass(frozen=True)
class Fragile:
    """A unit, the cluster that it asks, and the secrets of two keys that pass."""

    unit: ServedGateway
    cluster: Cluster
    secrets: dict[str, str]
    """By client ID."""

    def ask(self, secret: str) -> httpx.Response:
        """One check on a connection of its own, so that both workers are asked in turn."""
        with httpx.Client(timeout=TIMEOUT) as client:
            return client.get(self.unit.url + VERIFY, headers=[*asked(), *showing(secret)])

    def health(self) -> tuple[int, int]:
        """Whether it says that it lives, and that it could decide."""
        with httpx.Client(base_url=self.unit.url, timeout=TIMEOUT) as client:
            return client.get("/livez").status_code, client.get("/readyz").status_code

    def superuser(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.cluster.url(SUPERUSER), autocommit=True)

    def run(self, *statements: str) -> None:
        with self.superuser() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def until(self, status: int) -> httpx.Response:
        """Ask until the answer has this status, several times in a row."""
        return self.answers(next(iter(self.secrets.values())), status)[-1]

    def answers(self, secret: str, status: int) -> list[httpx.Response]:
        """All answers until the last six have this status."""
        found: list[httpx.Response] = []
        for _ in range(PATIENCE * 20):
            found.append(self.ask(secret))
            if [answer.status_code for answer in found[-6:]] == [status] * 6:
                return found
            Event().wait(0.05)
        pytest.fail(f"It never answered {status}: {found[-1].status_code} {found[-1].text}")


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fragile]:
    """A unit with a database of its own."""
    with own_cluster.own_cluster("portal-fault-") as cluster:
        var = str(tmp_path_factory.mktemp("var"))
        env = surroundings(cluster) | {"VAR": var}
        manage("migrate", env)
        manage("make_demo_data", env | {"DEMO": "1"})
        demo = json.loads(Path(var, "demo.json").read_text())
        secrets = {
            key["client_id"]: key["client_secret"]
            for key in demo["keys"]
            if key["kind"] == "tenant"
        }
        with gateway_unit(env["DATABASE_URL"], Path(var), settings={"VAR": var}) as unit:
            yield Fragile(unit, cluster, secrets)


@contextmanager
def stopped(fragile: Fragile) -> Iterator[None]:
    fragile.cluster.stop()
    try:
        yield
    finally:
        fragile.cluster.start()


def hung(fragile: Fragile) -> AbstractContextManager[object]:
    return own_cluster.hung(fragile.cluster)


@contextmanager
def read_only(fragile: Fragile) -> Iterator[None]:
    fragile.run("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    try:
        fragile.until(503)  # sessions learn of it one by one
        yield
    finally:
        with fragile.superuser() as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
            connection.execute("SELECT pg_reload_conf()")


@contextmanager
def out_of_connections(fragile: Fragile) -> Iterator[None]:
    fragile.run(
        "ALTER ROLE portal_app CONNECTION LIMIT 0",
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE usename = 'portal_app'",
    )
    try:
        yield
    finally:
        fragile.run("ALTER ROLE portal_app CONNECTION LIMIT -1")


@contextmanager
def locked(fragile: Fragile) -> Iterator[None]:
    with fragile.superuser() as connection, connection.transaction():
        connection.execute("LOCK TABLE apikeys_apikey IN ACCESS EXCLUSIVE MODE")
        yield


FAULTS = [stopped, hung, read_only, out_of_connections, locked]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_it_refuses_in_time_and_comes_back_by_itself(
    fault: Callable[[Fragile], AbstractContextManager[None]], fragile: Fragile
) -> None:
    fragile.until(200)
    with fault(fragile):
        for secret in list(fragile.secrets.values())[:2] * rounds(8, 200):
            answer = fragile.ask(secret)
            assert answer.status_code == 503, answer.headers
            assert answer.headers["x-auth-error"] == "unavailable"
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["code"] == "unavailable"
            assert "x-client-id" not in answer.headers
        assert fragile.health() == (200, 503)
    fragile.until(200)
    while fragile.health() != (200, 200):  # one worker may have had to wait once more
        fragile.until(200)


@pytest.mark.parametrize("fault", [locked, hung], ids=lambda fault: fault.__name__)
def test_it_never_answers_with_the_key_of_the_check_before(
    fault: Callable[[Fragile], AbstractContextManager[None]], fragile: Fragile
) -> None:
    (one, one_secret), (other, other_secret) = list(fragile.secrets.items())[:2]
    for secret, expected, next_secret in (
        (one_secret, other, other_secret),
        (other_secret, one, one_secret),
    ) * rounds(1, 20):
        fragile.until(200)
        with fault(fragile):
            assert fragile.ask(secret).status_code == 503
        answers = fragile.answers(next_secret, 200)
        named = {answer.headers.get("x-client-id") for answer in answers}
        assert named - {None} == {expected}  # None: it did not know yet
