"""A worker that runs on: it hears of mails, survives its database, and stops when asked."""

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection

from accounts import outbox_worker
from accounts.chores import Chore
from accounts.outbox_worker import OutboxWorker, Stop
from accounts.services import outbox
from tests.database_roles import as_superuser
from tests.mail_server import mail_server

PATIENCE = 20
"""Seconds, below the worker's poll: what comes within it was heard of, not found."""

type Sent = Queue[str]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """The recipients of what goes out, as it goes out."""
    queue: Sent = Queue()
    monkeypatch.setattr(EmailMultiAlternatives, "send", lambda message: queue.put(message.to[0]))
    return queue


@pytest.fixture
def worker(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> Iterator[OutboxWorker]:
    """A running worker."""
    monkeypatch.setattr(outbox_worker, "RECONNECT_SECONDS", 0.01)
    with running() as worker:
        yield worker


@contextmanager
def running(*chores: Chore) -> Iterator[OutboxWorker]:
    """Run a worker, which must end when asked."""
    stop = Stop()
    worker = OutboxWorker(stop, chores)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        stop.ask()
        thread.join(PATIENCE)
    assert not thread.is_alive()
    stop.close()


class Ticking:
    """A chore that is due every moment and says so, with a look at the database."""

    def __init__(self) -> None:
        self.ticks: Queue[int] = Queue()
        self.chore = Chore("tick", timedelta(milliseconds=10), self.steps)

    def steps(self) -> Iterator[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        self.ticks.put(1)
        yield 1

    def goes_on(self) -> bool:
        """Whether it is done from now on, twice: the first may have been under way."""
        while not self.ticks.empty():
            self.ticks.get()
        return [self.ticks.get(timeout=PATIENCE) for _ in range(2)] == [1, 1]


def put(to: str) -> None:
    outbox.put(to, "Subject", "Text")


def test_it_sends_what_waited_and_hears_of_what_comes(worker: OutboxWorker, sent: Sent) -> None:
    for number in range(5):
        put(f"{number}@example.com")
        assert sent.get(timeout=PATIENCE) == f"{number}@example.com"


def test_it_connects_again_when_the_database_ends_its_connection(
    worker: OutboxWorker, sent: Sent
) -> None:
    """What was sent but not yet put away at that moment goes out again: at least once."""
    for number in range(3):
        put(f"{number}@example.com")
        while sent.get(timeout=PATIENCE) != f"{number}@example.com":
            continue
        end_other_connections()
    put("after@example.com")
    while sent.get(timeout=PATIENCE) != "after@example.com":
        continue


@pytest.mark.parametrize("silent", ["CONNECT", "RCPT", "MESSAGE"])
def test_a_mail_server_that_hangs_keeps_no_chore_waiting(silent: str, settings: Any) -> None:
    ticking = Ticking()
    with running(ticking.chore), mail_server() as server:
        settings.MAILERS = server.mailer()
        server.answers[silent] = None
        put("alice@example.com")
        while server.asked.get(timeout=PATIENCE) != silent:
            continue
        assert ticking.goes_on()


def test_chores_go_on_when_the_database_ended_their_connection() -> None:
    ticking = Ticking()
    with running(ticking.chore):
        for _ in range(3):
            end_other_connections()
            assert ticking.goes_on()


def test_what_ends_the_chores_ends_the_worker() -> None:
    class Ended(BaseException):
        """More than a failure."""

    def steps() -> Iterator[int]:
        yield 1
        raise Ended

    stop = Stop()
    with pytest.raises(Ended):
        OutboxWorker(stop, [Chore("end", timedelta(0), steps)]).run()
    stop.close()


def end_other_connections() -> None:
    """End every connection but this thread's own, as a restart of the database would."""
    connection.ensure_connection()
    with as_superuser() as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'portal' AND pid <> %s",
            [connection.connection.info.backend_pid],
        )


def test_being_asked_ends_every_wait() -> None:
    stop = Stop()
    timer = threading.Timer(0.05, stop.ask)
    timer.start()
    stop.wait(600)
    stop.wait(600)
    assert stop.asked
    stop.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_command_writes_private_files_and_stops_on_a_signal(
    how: signal.Signals, worker_database: str, tmp_path: Path
) -> None:
    env = os.environ | {"DATABASE_URL": worker_database, "VAR": str(tmp_path)}
    put("alice@example.com")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_worker"],
        env=env,
        cwd=settings.BASE_DIR,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "outbox.sent" in process.stderr.readline()
    (written,) = (tmp_path / "mail").iterdir()
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert b"To: alice@example.com" in written.read_bytes()
    process.send_signal(how)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
