"""The servers that `make run` starts as child processes: the portal's, and the gateway's."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal import processes
from portal.database import REPOSITORY

MOST_WORKERS = 4
BACKLOG = 1024  # connections that may wait; beyond it the kernel lets clients retry
START_SECONDS = 60
LOAD_SECONDS = 5
STOP_SECONDS = 25  # longer than the longest request: statement_timeout ends those at 15 s


class ServerFailed(Exception):
    """The server cannot be had. The message is one line for a person."""


def default_workers() -> int:
    """One worker for each core this process may use: more only compete, fewer leave one idle."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(available or 1, MOST_WORKERS)


def check_port(host: str, port: int, setting: str = "PORT") -> None:
    """Raise ServerFailed unless `port`, which `setting` chose, is free on `host`.

    Workers share the port (SO_REUSEPORT), and would share it with a stranger.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        msg = f"Cannot listen on {host} port {port}: {error.strerror}. Set {setting} to another."
        raise ServerFailed(msg) from None


@dataclass(frozen=True, slots=True)
class Program:
    """A server as a Python module, and how it says in its log that a worker has started."""

    module: str
    arguments: tuple[str, ...]
    worker_started: bytes


@dataclass(frozen=True, slots=True)
class Application:
    """Something to serve: a program's further arguments, and the object to be imported."""

    name: str
    program: Program
    arguments: tuple[str, ...] = ()


WORKERS = Program("portal.serving", (), b"Started worker")
UVICORN = Program(
    "uvicorn",
    (
        "--backlog",
        str(BACKLOG),
        "--loop",
        "uvloop",
        "--no-access-log",
        "--no-server-header",
        "--log-level",
        "info",
    )
    # Longer than gateways keep a connection that they do not use: 60 s with nginx.
    + ("--timeout-keep-alive", "75", "--timeout-graceful-shutdown", str(STOP_SECONDS - 5)),
    b"Application startup complete",
)
PORTAL = Application("portal", WORKERS, ())
GATEWAY = Application(
    "gateway",
    UVICORN,
    ("--http", "portal.gateway:CheckProtocol", "--ws", "none", "--lifespan", "on")
    + ("portal.gateway:application",),
)


class Server:
    """One server with its workers, writing to `log`."""

    def __init__(  # noqa: PLR0913 - all but the address are named
        self,
        host: str,
        port: int,
        *,
        workers: int,
        env: Mapping[str, str],
        log: Path,
        application: Application = PORTAL,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare; nothing runs before `start`. `pause` is how to wait, and may raise."""
        self.application = application
        self.host = host
        self.port = port
        self.workers = workers
        self.env = dict(env)
        self.log = log
        self._pause = pause
        self._serving = False
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and return when the portal answers. Raises ServerFailed."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        # Logs name people and addresses: for the owner's eyes.
        descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            written = self.log.stat().st_size
            self._process = subprocess.Popen(
                self._command(),
                cwd=REPOSITORY,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal is for our parent, which stops things in order.
                start_new_session=True,
                preexec_fn=processes.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - see there
            )
        try:
            self._wait_until_it_answers()
            self._wait_for_every_worker(written)
            self._serving = True
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Let requests finish, then end; what does not end in time is killed."""
        if self._process is None:
            return
        # Before the start was complete no request is lost: workers do not listen yet.
        processes.stop(self._process, [signal.SIGTERM], STOP_SECONDS if self._serving else 1)
        # The session is the server's own: this reaches workers that outlived it, and nobody else.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        processes.stop(self._process, [signal.SIGKILL], STOP_SECONDS)
        self._process = None
        self._serving = False

    def is_running(self) -> bool:
        """Whether the process that `start` launched is alive."""
        return self._process is not None and self._process.poll() is None

    def _command(self) -> list[str]:
        return [
            *(sys.executable, "-m", self.application.program.module),
            *("--host", self.host, "--port", str(self.port), "--workers", str(self.workers)),
            *self.application.program.arguments,
            *self.application.arguments,
        ]

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.is_running():
            status = self._status()
            # An installation behind https or another host name redirects or refuses us: it answers.
            if status is not None and status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                return
            self._pause(0.05)
        msg = f"The {self.application.name} did not start. What it said is in {self.log}"
        raise ServerFailed(msg)

    def _wait_for_every_worker(self, written: int) -> None:
        """Wait, though not for long, until the log says after byte `written` that all have started.

        One worker answers before the others have loaded.
        """
        deadline = time.monotonic() + LOAD_SECONDS
        while time.monotonic() < deadline and self.is_running():
            said = self.log.read_bytes()[written:]
            if said.count(self.application.program.worker_started) >= self.workers:
                return
            self._pause(0.05)

    def _status(self) -> int | None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compares
        connection = http.client.HTTPConnection(host, self.port, timeout=5)
        try:
            connection.request("GET", "/livez")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
