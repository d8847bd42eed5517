"""How many connections a worker holds, whose go first, and how workers share them."""

from pathlib import Path

import pytest

from accounts.models import User
from apikeys.services.keys import CreatedKey
from portal.launcher.server import Server
from tests.attacks import attackers
from tests.attacks.conftest import targets_of
from tests.attacks.good_client import PATIENCE, Target, ask
from tests.served_gateway import ServedGateway
from tests.served_portal import ServedPortal, portal_process


class FewDescriptors(Server):
    """A server that may open no more than 1,024 files and connections."""

    def _command(self) -> list[str]:
        return ["sh", "-c", 'ulimit -n 1024; exec "$@"', "sh", *super()._command()]


def workers_of(portal: ServedPortal) -> list[Path]:
    """The processes that serve, below /proc."""
    assert portal.server._process is not None
    pid = portal.server._process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [Path("/proc", child) for child in children]


def descriptors(worker: Path) -> int:
    return len(list((worker / "fd").iterdir()))


def test_the_one_that_waited_longest_goes_first(
    served_portal: ServedPortal, targets: dict[str, Target]
) -> None:
    """Whoever is over the limit of one address loses connections of that address."""
    with attackers.connections(served_portal.url, 600, attackers.nothing) as opened:
        ask(targets, 1)
        opened[0].settimeout(PATIENCE)
        assert opened[0].recv(1) == b""


def test_every_worker_has_its_share(served_portal: ServedPortal) -> None:
    workers = workers_of(served_portal)
    assert len(workers) == 2
    before = [descriptors(worker) for worker in workers]
    with attackers.connections(served_portal.url, 100, attackers.slow_head):
        ask({"livez": Target(f"{served_portal.url}/livez")}, 10)
        more = [descriptors(worker) - held for worker, held in zip(workers, before, strict=True)]
    assert min(more) > 20


@pytest.mark.django_db(transaction=True)
def test_a_few_descriptors_are_enough_for_all(
    payroll: CreatedKey,
    alice: User,
    served_gateway: ServedGateway,
    worker_database: str,
    tmp_path: Path,
) -> None:
    """The limits of the settings give way to what the process may open."""
    settings = {"CONNECTIONS": "100000", "CONNECTIONS_PER_ADDRESS": "100000"}
    with portal_process(
        worker_database, tmp_path, kind=FewDescriptors, settings=settings
    ) as portal:
        targets = targets_of(portal.url, served_gateway.url, payroll, alice)
        with attackers.connections(portal.url, 2000, attackers.slow_head):
            for answers in ask(targets, 3).values():
                assert answers.statuses == [200] * 3
            assert all(descriptors(worker) < 1024 for worker in workers_of(portal))


def test_a_client_that_takes_no_answer_holds_no_thread(
    served_portal: ServedPortal, targets: dict[str, Target]
) -> None:
    """More clients than threads ask for a large page and read nothing of it."""
    ask_for_docs = b"GET /docs/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with attackers.connections(served_portal.url, 40, lambda _number: ask_for_docs * 3):
        for answers in ask(targets, 2).values():
            assert answers.statuses == [200] * 2
