"""The real server with its workers, on the worker's own test database.

`served_portal` is what a test asks for: it empties the database afterwards. The server behind it
starts once a session, on first use. Its processes commit what they write, and see only what a test
has committed; what they keep in memory outlives a test.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command

from portal.launcher.server import Server
from tests import chromium, not_run
from tests.servers import free_port, serving


@dataclass(frozen=True)
class ServedPortal:
    """Where the server answers, what it has written so far, and how to stop it."""

    url: str
    log: Path
    server: Server


@pytest.fixture(scope="session", autouse=True)
def collected_static_files() -> None:
    """Collect static files once a run: pages look their names up in the manifest."""
    var = Path(os.environ["VAR"])
    with (var / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (var / "static" / "staticfiles.json").exists():
            call_command("collectstatic", interactive=False, verbosity=0)


@contextmanager
def portal_process(
    database: str,
    directory: Path,
    *,
    kind: type[Server] = Server,
    settings: Mapping[str, str] | None = None,
) -> Iterator[ServedPortal]:
    """Serve the portal from `database`, with its log in `directory`.

    `settings` are environment variables.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = directory / "portal.log"
    env = os.environ | {
        "PORTAL_URL": url,
        "DATABASE_URL": database,
        "API_RATE_LIMIT": "1000000",  # the limits' own tests set them; thousands of calls here
        "API_CHANGE_RATE_LIMIT": "1000000",
    }
    del env["DATABASE_OWNER_URL"], env["PORTAL_TEST_SUPERUSER_URL"]
    env |= settings or {}
    # Two workers: what one remembers and the other does not know must show in tests.
    server = kind("127.0.0.1", port, workers=2, env=env, log=log)
    with serving(server):
        yield ServedPortal(url, log, server)


@pytest.fixture(scope="session")
def portal_server(
    django_db_setup: None, worker_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedPortal]:
    """Serve for the whole session; tests want `served_portal`."""
    with portal_process(worker_database, tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture
def served_portal(portal_server: ServedPortal, transactional_db: None) -> ServedPortal:
    """Serve this test; the database is emptied after it."""
    return portal_server


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the path of a Chromium, or report the test as not run."""
    path = os.environ.get("PORTAL_CHROMIUM") or chromium.find()
    if not path:
        not_run.skip("Browser tests need Chromium", chromium.HOW_TO_INSTALL)
    return path
