"""The real gateway unit, uvicorn with our protocol, on the worker's own test database.

Ask for `served_gateway`: it empties the database afterwards. The unit starts once a session; what
it notes of a key's use may be written after the test. A test that looks at that, or that breaks
something, starts a unit of its own with `gateway_unit`.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.launcher.server import GATEWAY, Application, Server
from tests.servers import free_port, serving

USER_DATA_PATHS = "/users,/customers/*/contacts,/v*/*-report"
ORIGIN = "https://api.example.com"


@dataclass(frozen=True)
class ServedGateway:
    """Where checks go, what the unit has written so far, and how to stop it."""

    url: str
    log: Path
    server: Server


@contextmanager
def gateway_unit(
    database: str,
    directory: Path,
    *,
    application: Application = GATEWAY,
    workers: int = 2,
    settings: Mapping[str, str] | None = None,
) -> Iterator[ServedGateway]:
    """Serve checks of the keys in `database`; `settings` are environment variables."""
    port = free_port()
    log = directory / "gateway.log"
    env = os.environ | {
        "DATABASE_URL": database,
        "GATEWAY_USER_DATA_PATHS": USER_DATA_PATHS,
        "GATEWAY_PUBLIC_ORIGIN": ORIGIN,
        # Tests that guess on purpose share one address with all others.
        "GATEWAY_FAILURES": "1000000",
    }
    for owners in ("DATABASE_OWNER_URL", "PORTAL_TEST_SUPERUSER_URL"):
        env.pop(owners, None)
    server = Server(
        "127.0.0.1",
        port,
        workers=workers,
        env=env | dict(settings or {}),
        log=log,
        application=application,
    )
    with serving(server):
        yield ServedGateway(f"http://127.0.0.1:{port}", log, server)


@pytest.fixture(scope="session")
def gateway_server(
    django_db_setup: None, worker_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedGateway]:
    """Serve for the whole session; tests want `served_gateway`."""
    # Two workers: what one remembers and the other does not know must show in tests.
    with gateway_unit(worker_database, tmp_path_factory.mktemp("gateway")) as served:
        yield served


@pytest.fixture
def served_gateway(gateway_server: ServedGateway, transactional_db: None) -> ServedGateway:
    """Serve this test; the database is emptied after it."""
    return gateway_server
