"""A database that hangs under the whole portal: everybody is told, and all go on by themselves."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from portal.database import EMBEDDED_APP_ROLE
from portal.launcher.embedded_postgres import Cluster
from tests.attacks.conftest import targets_of
from tests.attacks.good_client import PATIENCE, Answers, Target, ask
from tests.faults.conftest import Fragile, silent
from tests.racing import PROVE
from tests.served_gateway import gateway_unit
from tests.served_portal import portal_process

MANY = 30
"""Clients at once: more than both workers have threads."""
SOON = 2.0
"""Seconds; asked for with PROVE=1, on a machine that has nothing else to do."""


@dataclass(frozen=True)
class Served:
    """What a good client asks for, and what it says of its health."""

    targets: dict[str, Target]
    ready: Target


@pytest.fixture
def served(cluster: Cluster, fragile: Fragile, tmp_path: Path) -> Iterator[Served]:
    """A portal and a gateway's unit on the cluster that can hang."""
    url = cluster.url(EMBEDDED_APP_ROLE)
    with portal_process(url, tmp_path) as portal, gateway_unit(url, tmp_path) as unit:
        targets = targets_of(portal.url, unit.url, fragile.payroll, fragile.admin)
        yield Served(targets, Target(f"{portal.url}/readyz"))


def ask_all_at_once(targets: dict[str, Target]) -> list[dict[str, Answers]]:
    with ThreadPoolExecutor(MANY) as clients:
        return list(clients.map(lambda _: ask(targets, 1), range(MANY)))


def are_answered(targets: dict[str, Target]) -> bool:
    return all(answers.statuses == [200] for answers in ask(targets, 1).values())


def test_however_many_wait_all_are_told_and_all_go_on(cluster: Cluster, served: Served) -> None:
    live = {"livez": served.targets.pop("livez")}
    assert are_answered(served.targets | live)
    with silent(cluster):
        told = ask_all_at_once(served.targets)
        healthy = ask(live, 3)["livez"]
        unready = ask({"readyz": served.ready}, 1)["readyz"]
    assert {status for each in told for found in each.values() for status in found.statuses} == {
        503
    }
    assert (healthy.statuses, unready.statuses) == ([200] * 3, [503])
    if PROVE:
        assert (
            max(second for each in told for found in each.values() for second in found.seconds)
            < SOON
        )
        assert max(healthy.seconds) < SOON / 8
    awake = monotonic()
    while not are_answered(served.targets | live | {"readyz": served.ready}):
        assert monotonic() - awake < PATIENCE
    assert not PROVE or monotonic() - awake < SOON
