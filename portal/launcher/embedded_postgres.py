"""A PostgreSQL of the portal's own, for `make run` without DATABASE_URL and for the tests.

Everything lies in one *home* directory: `data`, `socket`, `log`, `lock`. The server listens on the
unix socket only. Whoever holds the lock owns the cluster; the kernel releases it however the owner
ends, so a server found running under a free lock is a leftover and is stopped before ours starts.

Authentication is `trust`, inside a socket directory of mode 700: who may enter it (the account that
PostgreSQL runs as, and root) can read the data files anyway, so that a password would only be one
more secret lying beside them. Everybody else on the machine cannot even connect.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from portal import processes
from portal.database import EMBEDDED_APP_ROLE, EMBEDDED_DATABASE, EMBEDDED_OWNER_ROLE, socket_url
from portal.launcher.postgres_account import Account, PostgresFailed, account_for
from portal.launcher.postgres_binaries import Binaries, find_binaries

SUPERUSER = "postgres"
OUTSIDE = "/var/lib"  # for data that cannot be in VAR; survives a restart, and only root writes it
FIRST_WITH_OWN_LOCALES = 17
# A socket's path has room for 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET_DIRECTORY = 103 - len("/.s.PGSQL.5432")
# Recovery after a crash replays what the last checkpoint missed; seconds, on a slow disk more.
START_SECONDS = 120
STOP_SECONDS = 30
# No process can have it: Linux ends at 2**22, macOS at 99,999.
IMPOSSIBLE_PID = 2**30


class Cluster:
    """One cluster in one home directory; a context manager that starts and stops it."""

    def __init__(
        self,
        home: Path,
        account: Account,
        *,
        durable: bool = True,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare; nothing is touched before `start`. Without `durable`, a crash loses data.

        `pause` is how to wait for the start; it may raise, to give up.
        """
        self.home = home
        self.account = account
        self.durable = durable
        self._pause = pause
        self.data = home / "data"
        self.log = home / "log"
        self._server: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> "Cluster":
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    @property
    def socket_directory(self) -> Path:
        """Where the socket really is; `home/socket` may be a link to a shorter path."""
        return (self.home / "socket").resolve()

    def url(self, user: str, database: str = EMBEDDED_DATABASE) -> str:
        """Address of `database` for `user`."""
        return socket_url(self.socket_directory, user, database)

    def start(self) -> None:
        """Start, creating or recovering the cluster as needed. Raises PostgresFailed."""
        self._take_lock()
        try:
            binaries = find_binaries(self.data).reachable_by(self.account, self.home)
            if not (self.data / "PG_VERSION").exists():
                self._create(binaries)
            self._end_leftover()
            self._prepare_socket_directory()
            self._launch(binaries)
            self._wait_until_ready()
            self._create_roles_and_database()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop and wait: politely for 30 s, then at once. Harmless when nothing runs."""
        if self._server is not None:
            # Fast shutdown first: open transactions end, committed ones are safe.
            processes.stop(
                self._server, [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL], STOP_SECONDS
            )
            self._server = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def is_running(self) -> bool:
        """Whether the server process that `start` launched is alive."""
        return self._server is not None and self._server.poll() is None

    def _take_lock(self) -> None:
        self._lock = (self.home / "lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            msg = f"The database in {self.home} is in use: is the portal running already?"
            raise PostgresFailed(msg) from None

    def _create(self, binaries: Binaries) -> None:
        # Without PG_VERSION the directory is at most what an interrupted initdb left.
        shutil.rmtree(self.data, ignore_errors=True)
        # Sorting and case mapping must not differ between machines, nor need ICU.
        locale = ["--locale=C.UTF-8"]
        if binaries.major >= FIRST_WITH_OWN_LOCALES:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [
            str(binaries.directory / "initdb"),
            f"--pgdata={self.data}",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--encoding=UTF8",
            *locale,
            *([] if self.durable else ["--no-sync"]),
        ]
        with tempfile.TemporaryFile() as output:
            code = subprocess.run(
                command,
                cwd="/",
                env=_environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                **self.account.run_as(),
            ).returncode
            output.seek(0)
            lines = output.read().decode(errors="replace").strip().splitlines()
        if code:
            complaints = [line for line in lines if "error" in line] or lines[-1:] or ["no output"]
            msg = f"initdb failed: {complaints[0]}"
            raise PostgresFailed(msg)

    def _end_leftover(self) -> None:
        """Stop the server that a killed predecessor left behind, or disarm its stale pid file.

        PostgreSQL sees for itself that a pid is dead. It cannot see that the number was given to
        another process since, as happens in containers, and would refuse to start for ever. Then
        only the number is replaced: the rest guards against backends that still hold the memory.
        """
        pid_file = self.data / "postmaster.pid"
        try:
            lines = pid_file.read_text().splitlines(keepends=True)
            pid = int(lines[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        if _is_server_of(self.data, pid):
            if not processes.stop_stranger(pid, [signal.SIGINT, signal.SIGQUIT], STOP_SECONDS):
                msg = f"A PostgreSQL left behind by an earlier run (process {pid}) does not stop."
                raise PostgresFailed(msg)
        elif processes.is_taken(pid):
            pid_file.write_text("".join([f"{IMPOSSIBLE_PID}\n", *lines[1:]]))

    def _prepare_socket_directory(self) -> None:
        link = self.home / "socket"
        if link.is_symlink() and not link.exists():
            link.unlink()  # the temporary directory has been swept since
        if not link.exists():
            if len(os.fsencode(link.absolute())) <= LONGEST_SOCKET_DIRECTORY:
                link.mkdir(mode=0o700)
                self.account.own(link)
            else:
                link.symlink_to(self.account.short_directory("portal-"))
        for stale in self.socket_directory.glob(".s.PGSQL.*"):
            stale.unlink()  # we hold the lock and nothing runs: their owner is gone

    def _launch(self, binaries: Binaries) -> None:
        off = ("fsync", "synchronous_commit", "full_page_writes")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": '"{}"'.format(str(self.socket_directory).replace('"', '""')),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "cluster_name": "portal",
            **({} if self.durable else dict.fromkeys(off, "off")),
        }
        command = [str(binaries.directory / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                command,
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches every process of the terminal's group: the application must be
                # able to finish its requests before the database goes.
                start_new_session=True,
                preexec_fn=processes.die_with_parent(signal.SIGINT),  # noqa: PLW1509 - see there
                **self.account.run_as(),
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_running():
                break
            try:
                psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                self._pause(0.05)
            else:
                return
        msg = f"PostgreSQL did not start: {_last_line(self.log)} (all of it: {self.log})"
        raise PostgresFailed(msg)

    def _create_roles_and_database(self) -> None:
        owner, app = sql.Identifier(EMBEDDED_OWNER_ROLE), sql.Identifier(EMBEDDED_APP_ROLE)
        name = sql.Identifier(EMBEDDED_DATABASE)
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            if EMBEDDED_OWNER_ROLE not in known:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(owner))
            if EMBEDDED_APP_ROLE not in known:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(app))
            found = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(found, [EMBEDDED_DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
            for command in (
                sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name),
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, app),
            ):
                connection.execute(command)
        with psycopg.connect(self.url(SUPERUSER), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")


def home_below(var: Path, say: Callable[[str], None]) -> tuple[Path, Account]:
    """Return the home directory of the installation that keeps its files in `var`, and its account.

    It is `var/postgres`. Where the account cannot come (root's clone below a directory of mode 700)
    that name is a link to a directory outside, and `say` gets one line about it, once.
    """
    home = var / "postgres"
    var.mkdir(parents=True, exist_ok=True)
    account = account_for(home)
    if home.is_dir():
        # A link's target is what counts: the account cannot come by where the link lies.
        target = home.resolve()
        if not account.can_reach(target):
            msg = f"{account.name} cannot reach {target}: move it, or set VAR to another directory."
            raise PostgresFailed(msg)
        return target, account
    if account.can_reach(var):
        home.mkdir(mode=0o700)
        account.own(home)
        return home, account
    home.unlink(missing_ok=True)  # a link to a directory that somebody removed
    outside = OUTSIDE if os.access(OUTSIDE, os.W_OK) else tempfile.gettempdir()
    target = Path(tempfile.mkdtemp(prefix="portal-postgres-", dir=outside))
    account.own(target)
    home.symlink_to(target)
    say(f"The database lies in {target}: {account.name}, who runs it, cannot enter {var}.")
    return target, account


def _environment() -> dict[str, str]:
    # PGDATA, PGPORT and the like, meant for another server, must not reach this one.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _is_server_of(data: Path, pid: int) -> bool:
    """Whether process `pid` is the server of `data`, and not one that got its number since."""
    words = processes.command_line(pid)
    return bool(words) and Path(words[0]).name == "postgres" and str(data) in words


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it wrote nothing"
