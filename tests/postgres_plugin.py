"""An early pytest plugin: a throw-away PostgreSQL, there before Django reads its settings.

Loaded by ``-p tests.postgres_plugin`` (pyproject.toml). One cluster serves the whole run: the
process that the user started owns it, xdist's workers inherit its addresses in the environment and
make a database each (tests/conftest.py). Whatever DATABASE_URL says outside is ignored, so that no
test run can ever reach somebody's data.

``python -m tests.postgres_plugin COMMAND …`` runs any command in the same surroundings.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from portal.database import EMBEDDED_APP_ROLE, EMBEDDED_OWNER_ROLE
from portal.launcher.embedded_postgres import SUPERUSER, Cluster
from portal.launcher.postgres_account import account_for
from portal.secret_files import new_secrets

# Settings of the surroundings that would make a test's result depend on who runs it.
FOREIGN = ("ALLOWED_HOSTS", "DEBUG", "DEMO", "HOST", "PORT", "PORTAL_DB_ROLE", "PORTAL_URL")


@contextmanager
def throw_away_portal() -> Iterator[dict[str, str]]:
    """Start a cluster and yield the environment of an installation that uses it."""
    account = account_for(Path("/nonexistent"))
    home = account.short_directory("portal-test-")
    try:
        with Cluster(home, account, durable=False) as cluster:
            # Every database of the run is copied from this one.
            with psycopg.connect(cluster.url(SUPERUSER, "template1")) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            var = home / "var"
            var.mkdir(mode=0o700)
            yield {
                **new_secrets(),
                "DATABASE_URL": cluster.url(EMBEDDED_APP_ROLE),
                "DATABASE_OWNER_URL": cluster.url(EMBEDDED_OWNER_ROLE),
                "PORTAL_TEST_SUPERUSER_URL": cluster.url(SUPERUSER),
                "VAR": str(var),
            }
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start before pytest-django, whose own hook of this name loads the settings."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        portal = throw_away_portal()
        surroundings = dict(os.environ)
        for name in FOREIGN:
            os.environ.pop(name, None)
        # Playwright's synchronous interface runs an event loop in the tests' thread.
        os.environ.update(portal.__enter__(), DJANGO_ALLOW_ASYNC_UNSAFE="true")

        def stop() -> None:
            portal.__exit__(None, None, None)
            os.environ.clear()
            os.environ.update(surroundings)

        early_config.add_cleanup(stop)
    return (yield)


def main() -> int:
    """Run the command given as arguments with a throw-away database."""
    surroundings = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    with throw_away_portal() as portal:
        return subprocess.run(sys.argv[1:], env=surroundings | portal, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
