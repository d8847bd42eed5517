"""A standby of a cluster of the tests' own."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from portal.launcher.embedded_postgres import SUPERUSER, Cluster


class Standby(Cluster):
    """A copy of a primary, which takes no writes before it is promoted. It follows nobody."""

    def start(self) -> None:
        """Start as a standby, also after a promotion."""
        signal = self.data / "standby.signal"
        signal.touch()
        self.account.own(signal)
        super().start()

    def promote(self) -> None:
        """Take writes from now on."""
        with psycopg.connect(self.url(SUPERUSER), autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")

    def _create_roles_and_database(self) -> None:
        """Nothing: the primary's are there."""


@contextmanager
def standby_of(primary: Cluster) -> Iterator[Standby]:
    """Start a standby with what the primary has now. The primary is restarted for it."""
    home = primary.account.short_directory("portal-standby-")
    try:
        primary.stop()
        subprocess.run(["cp", "-a", primary.data, home / "data"], check=True)
        primary.start()
        standby = Standby(home, primary.account, durable=False)
        with standby:
            yield standby
    finally:
        shutil.rmtree(home)
