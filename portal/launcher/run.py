"""``make run``: the whole portal from one command, and nothing left when it ends.

Order matters both ways. Up: ports, database, secrets, migrations, static files, demo data, servers
of the portal and the gateway, worker. Down: those first, so that their last work still finds the
database.
"""

import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from django.core.exceptions import ImproperlyConfigured
from psycopg import Connection, OperationalError

from apikeys.gateway.original import VERIFY_PATH
from portal import processes
from portal.database import (
    REPOSITORY,
    connection_arguments,
    databases,
    embedded_in_use,
    var_directory,
)
from portal.launcher.embedded_postgres import Cluster, home_below
from portal.launcher.postgres_account import PostgresFailed
from portal.launcher.postgres_binaries import OLDEST_MAJOR
from portal.launcher.server import (
    GATEWAY,
    PORTAL,
    Application,
    Server,
    ServerFailed,
    check_port,
    default_workers,
)
from portal.launcher.welcome import welcome
from portal.launcher.worker import Worker
from portal.postgresql.hosts import connect
from portal.secret_files import NAMES, ensure_secrets, secrets_file

DEMO_USER_DATA_PATHS = "/users,/customers/*/contacts"


class StartFailed(Exception):
    """Something else went wrong. The message is for a person."""


class Stopped(Exception):
    """Somebody asked us to stop, by Ctrl-C or SIGTERM."""


class Interruption:
    """Whether somebody asked us to stop.

    The handler only takes a note, and `pause` raises: an exception out of a handler strikes
    anywhere, also where `subprocess` holds the lock it needs to see that a process has ended.
    """

    def __init__(self) -> None:
        """Take over the signals; later ones cannot cut the stopping short and leave orphans."""
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def pause(self, seconds: float) -> None:
        """Wait; raises Stopped if somebody asked."""
        time.sleep(seconds)
        if self._asked:
            raise Stopped


def main() -> int:
    """Run until asked to stop. Return the exit code."""
    try:
        with ExitStack() as running:
            Portal(dict(os.environ), Interruption(), running).run()
    except Stopped:
        _say("Stopped.")
    except (StartFailed, ServerFailed, PostgresFailed, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


class Portal:
    """One run, in the order of its steps; what it started, `running` stops in reverse."""

    def __init__(self, env: dict[str, str], interruption: Interruption, running: ExitStack) -> None:
        """Complete the environment that every child gets."""
        self.host = env.get("HOST") or "127.0.0.1"
        self.port = _port(env, "PORT", "8000")
        self.gateway_port = _port(env, "GATEWAY_PORT", "8001")
        self.var = var_directory(env)
        self.pause = interruption.pause
        self.running = running
        self.env = env | {"DJANGO_SETTINGS_MODULE": "portal.settings", "VAR": str(self.var)}
        self.env.pop("PORTAL_DB_ROLE", None)
        self.env.setdefault("DEBUG", "false")
        if "DATABASE_URL" not in env:
            # The demo shows what the setting is for; a real installation must choose.
            self.env.setdefault("GATEWAY_USER_DATA_PATHS", DEMO_USER_DATA_PATHS)
        self.env.setdefault("PORTAL_URL", _address(self.host, self.port))

    def run(self) -> None:
        """Start everything and wait. Ends by an exception only: Stopped, or what went wrong."""
        check_port(self.host, self.port)
        check_port(self.host, self.gateway_port, "GATEWAY_PORT")
        self.var.mkdir(parents=True, exist_ok=True)
        embedded = embedded_in_use(self.env)
        demo = self.env.get("ENVIRONMENT_KIND") != "production" and (
            embedded or self.env.get("DEMO") == "1"
        )
        watched: dict[str, Cluster | Server] = {}
        if embedded:
            watched["database"] = self._start_database()
        else:
            _check_database(self.env)
        self._add_secrets()
        self._migrate()
        self._collect_static_files()
        if demo:
            self._manage("make_demo_data", DEMO="1")
        watched["server"] = self._start_server(PORTAL, self.port)
        watched["gateway"] = self._start_server(GATEWAY, self.gateway_port)
        worker = self._start_worker()
        if not self.env.get("EMAIL_HOST"):
            _say(f"Mails are written to {self.var / 'mail'}/")
        checks = f"{_address(self.host, self.gateway_port)}{VERIFY_PATH}"
        _say(welcome(self.env["PORTAL_URL"], checks, self.var / "demo.json" if demo else None))
        self._wait_for_an_end(watched, worker)

    def _start_database(self) -> Cluster:
        home, account = home_below(self.var, _say)
        cluster = Cluster(home, account, pause=self.pause)
        _say("Starting the database …")
        self.running.callback(cluster.stop)
        cluster.start()
        return cluster

    def _add_secrets(self) -> None:
        if all(self.env.get(name) for name in NAMES):
            return
        path = secrets_file(self.var)
        secrets, created = ensure_secrets(path)
        if created:
            _say(f"New secrets in {path}: keep them with the database, its keys need them.")
        # An empty variable counts as unset, except the one setting for which empty is a choice.
        chosen = {name for name, value in self.env.items() if value} | {"GATEWAY_USER_DATA_PATHS"}
        self.env = secrets | {name: self.env[name] for name in chosen & set(self.env)}

    def _migrate(self) -> None:
        _say("Migrating …")
        output = self._manage("migrate", "--no-input", "--no-color", PORTAL_DB_ROLE="owner")
        applied = len(re.findall(r"^ +Applying .* OK$", output, re.MULTILINE))
        _say(f"  {applied} migrations applied." if applied else "  Nothing to do.")

    def _collect_static_files(self) -> None:
        """Collect and compress, but only if a file, a package or the settings changed since."""
        collected = Path(self.env.get("STATIC_ROOT") or self.var / "static")
        sources = (REPOSITORY / "static", REPOSITORY / "requirements.txt", REPOSITORY / "portal")
        fingerprint = _fingerprint(str(collected), sources)
        stamp = self.var / "static.fingerprint"
        complete = (collected / "staticfiles.json").exists()
        if complete and stamp.exists() and stamp.read_text() == fingerprint:
            return
        _say("Collecting static files …")
        self._manage("collectstatic", "--no-input", "--clear")
        stamp.write_text(fingerprint)

    def _start_server(self, application: Application, port: int) -> Server:
        log = self.var / f"{application.name}.log"
        server = Server(
            self.host,
            port,
            workers=default_workers(),
            env=self._served(),
            log=log,
            application=application,
            pause=self.pause,
        )
        _say(f"Starting the {application.name}, which writes to {log} …")
        self.running.callback(server.stop)
        server.start()
        return server

    def _start_worker(self) -> Worker:
        worker = Worker(env=self._served(), log=self.var / "worker.log")
        self.running.callback(worker.stop)
        worker.start()
        return worker

    def _served(self) -> dict[str, str]:
        """What serves requests has no business knowing the owner's password."""
        return {name: value for name, value in self.env.items() if name != "DATABASE_OWNER_URL"}

    def _manage(self, *command: str, **extra: str) -> str:
        """Run a management command and return what it printed. Raises StartFailed."""
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(
                [sys.executable, str(REPOSITORY / "manage.py"), *command],
                env=self.env | extra,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=processes.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - see there
            )
            try:
                while process.poll() is None:
                    self.pause(0.05)
            finally:
                processes.stop(process, [signal.SIGTERM, signal.SIGKILL], patience=10)
            output.seek(0)
            said = output.read()
        if process.returncode:
            msg = f"manage.py {command[0]} failed:\n{said.strip()}"
            raise StartFailed(msg)
        return said

    def _wait_for_an_end(self, watched: Mapping[str, Cluster | Server], worker: Worker) -> None:
        """Wait until one of `watched` ends. The worker, which nobody waits for, starts again."""
        while True:
            if worker.restart_if_ended():
                _say(f"The worker ended by itself, another one starts: see {worker.log}")
            for name, part in watched.items():
                if not part.is_running():
                    msg = f"The {name} ended by itself: see {part.log}"
                    raise StartFailed(msg)
            self.pause(0.2)


def _port(env: dict[str, str], name: str, default: str) -> int:
    text = env.get(name) or default
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**16:
        msg = f"{name} must be a number from 1 to 65535, it is {text!r}."
        raise StartFailed(msg)
    return int(text)


def _address(host: str, port: int) -> str:
    """Return what to type into a browser on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compares
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _check_database(env: dict[str, str]) -> None:
    """Fail early and in one line, for both roles."""
    for variable, role in (("DATABASE_URL", ""), ("DATABASE_OWNER_URL", "owner")):
        if not env.get(variable):
            continue
        config = databases(env | {"PORTAL_DB_ROLE": role})
        try:
            with connect(connection_arguments(config), Connection) as connection:
                version = connection.info.server_version // 10_000
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            msg = f"{variable}: the database is not reachable: {reason}"
            raise StartFailed(msg) from None
        if version < OLDEST_MAJOR:
            msg = f"{variable}: PostgreSQL {version} is too old, {OLDEST_MAJOR} is the oldest."
            raise StartFailed(msg)


def _fingerprint(seed: str, sources: Iterable[Path]) -> str:
    digest = hashlib.sha256(seed.encode())
    for source in sources:
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file() and path.suffix != ".pyc":
                stat = path.stat()
                digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
