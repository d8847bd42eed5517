"""A PostgreSQL of a test's own, which it may break."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from portal.database import EMBEDDED_APP_ROLE, EMBEDDED_OWNER_ROLE, REPOSITORY
from portal.launcher.embedded_postgres import Cluster
from portal.launcher.postgres_account import account_for

MANAGE = [sys.executable, str(REPOSITORY / "manage.py")]


@contextmanager
def own_cluster(name: str) -> Iterator[Cluster]:
    """Start a cluster in a directory whose name begins with `name`."""
    account = account_for(Path("/nonexistent"))
    home = account.short_directory(name)
    try:
        with Cluster(home, account, durable=False) as cluster:
            yield cluster
    finally:
        shutil.rmtree(home)


def surroundings(cluster: Cluster) -> dict[str, str]:
    """The environment of an installation that uses the cluster."""
    return os.environ | {
        "DATABASE_URL": cluster.url(EMBEDDED_APP_ROLE),
        "DATABASE_OWNER_URL": cluster.url(EMBEDDED_OWNER_ROLE),
    }


def manage(command: str, env: dict[str, str]) -> None:
    """Run a management command as an installation does; `migrate` is the owner's."""
    subprocess.run([*MANAGE, command], env=env, check=True, capture_output=True)


@contextmanager
def hung(cluster: Cluster) -> Iterator[Callable[[], None]]:
    """The server's processes are all there and do nothing; the kernel still takes what is sent.

    Yields what wakes them before the end.
    """
    pid = int((cluster.data / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{pid}/task/{pid}/children")
    os.kill(pid, signal.SIGSTOP)  # first, so that it has no more children
    everybody = [pid, *map(int, children.read_text().split())]

    def tell(signal_number: int) -> None:
        for each in everybody:
            with suppress(ProcessLookupError):  # it was about to end
                os.kill(each, signal_number)

    tell(signal.SIGSTOP)
    try:
        yield lambda: tell(signal.SIGCONT)
    finally:
        tell(signal.SIGCONT)
