"""`make run`, as a person meets it: one command up, one Ctrl-C down, one line when it cannot."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal import processes
from portal.database import REPOSITORY
from portal.launcher.postgres_account import account_for
from tests.servers import free_port

COMMAND = [sys.executable, "-m", "portal.launcher.run"]
# What the tests' own surroundings set must not decide here.
OURS = ("API_KEY_PEPPERS", "DATABASE_OWNER_URL", "DATABASE_URL", "PORTAL_DB_ROLE", "SECRET_KEY")


@pytest.fixture
def env() -> Iterator[dict[str, str]]:
    """Surroundings of a first start: an empty VAR, a free port, nothing else."""
    var = account_for(Path("/nonexistent")).short_directory("portal-run-")
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    yield inherited | {"VAR": str(var), "PORT": str(free_port()), "GATEWAY_PORT": str(free_port())}
    shutil.rmtree(var)


def started(env: dict[str, str]) -> "subprocess.Popen[str]":
    """Start the portal and return when it has printed its address."""
    process = subprocess.Popen(
        COMMAND, env=env, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    output = ""
    for line in process.stdout:
        output += line
        if "Ctrl-C" in line:
            return process
    _, errors = process.communicate()
    pytest.fail(f"It did not start:\n{output}{errors}")


def refused(env: dict[str, str]) -> str:
    """Start the portal where it cannot, and return what it said."""
    done = subprocess.run(
        COMMAND, env=env, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    return done.stderr


def processes_of(env: dict[str, str]) -> list[int]:
    """Return every process that serves this VAR or these ports."""
    marks = (f"{env['VAR']}/postgres/data", env["PORT"], env["GATEWAY_PORT"])
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [
        pid
        for pid in pids
        if any(mark in processes.command_line(pid) for mark in marks) or is_worker(pid, env["VAR"])
    ]


def is_worker(pid: int, var: str) -> bool:
    """Whether a process sends the mails of this VAR, which only its environment says."""
    if "run_worker" not in processes.command_line(pid):
        return False
    try:
        return f"VAR={var}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def checked(env: dict[str, str], key: dict[str, str]) -> int:
    """The status of a check on the gateway's own port, once the database is quick enough."""
    url = f"http://127.0.0.1:{env['GATEWAY_PORT']}/gateway/verify"
    headers = {"api-key": key["client_secret"], "X-Original-Method": "GET", "X-Original-URI": "/a"}
    for _ in range(100):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            if error.code != 503:
                return error.code
    pytest.fail("The gateway never knew.")


def mails_of(env: dict[str, str]) -> list[bytes]:
    """The mails that the worker has written, once there are two."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        mails = [path.read_bytes() for path in (Path(env["VAR"]) / "mail").glob("*")]
        if len(mails) > 1 and all(mail.endswith(b"-" * 79 + b"\n") for mail in mails):
            return mails  # whole ones: that line is the last of each
        time.sleep(0.1)
    pytest.fail("The worker wrote no mails.")


def workers_of(env: dict[str, str]) -> list[int]:
    return [pid for pid in processes_of(env) if is_worker(pid, env["VAR"])]


def kill_the_worker(env: dict[str, str]) -> None:
    """Kill the worker, and wait for the one that comes instead."""
    killed = workers_of(env)[0]
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if any(pid != killed for pid in workers_of(env)):
            return
        time.sleep(0.1)
    pytest.fail("No worker came.")


def wait_until_gone(env: dict[str, str]) -> None:
    deadline = time.monotonic() + 30
    while processes_of(env) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(env) == []


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_it_starts_survives_kills_and_stops(env: dict[str, str]) -> None:
    first = started(env)
    url = f"http://127.0.0.1:{env['PORT']}/livez"
    with urllib.request.urlopen(url) as answer:
        assert answer.status == 200
    secrets = (Path(env["VAR"]) / "secrets.json").read_bytes()
    demo = json.loads((Path(env["VAR"]) / "demo.json").read_text())
    assert {key["kind"] for key in demo["keys"]} == {"tenant", "platform"}
    assert checked(env, demo["keys"][0]) == 200
    assert checked(env, {"client_secret": "x"}) == 401
    # The demo's open request and open invitation, with links to this portal.
    assert all(f"http://127.0.0.1:{env['PORT']}/".encode() in mail for mail in mails_of(env))
    first.kill()
    first.communicate()
    wait_until_gone(env)

    second = started(env)
    assert (Path(env["VAR"]) / "secrets.json").read_bytes() == secrets
    kill_the_worker(env)
    second.send_signal(signal.SIGINT)
    output, errors = second.communicate(timeout=60)
    assert (second.returncode, errors) == (0, "")
    assert re.fullmatch(r"\s*The worker ended by itself, .*worker\.log\nStopped\.\n", output)
    assert processes_of(env) == []


def test_a_taken_port_is_one_line(env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(env["PORT"]))):
        assert re.fullmatch(r"Cannot listen on .* Set PORT to another\.\n", refused(env))


def test_a_taken_port_of_the_gateway_is_one_line(env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(env["GATEWAY_PORT"]))):
        assert re.fullmatch(r"Cannot listen on .* Set GATEWAY_PORT to another\.\n", refused(env))


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"PORT": "http"}, r"PORT must be a number .*\n"),
        ({"GATEWAY_PORT": "70000"}, r"GATEWAY_PORT must be a number .*\n"),
        ({"HOST": "no.such.host.invalid"}, r"Cannot listen on no\.such\.host.*\n"),
        ({"DATABASE_URL": "sqlite:///x"}, r"DATABASE_URL must begin with postgresql://.*\n"),
        (
            {"DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/x"},
            r"DATABASE_URL: the database is not reachable: .*\n",
        ),
    ],
)
def test_what_it_cannot_do_is_one_line(
    env: dict[str, str], setting: dict[str, str], expected: str
) -> None:
    said = refused(env | setting)
    assert re.fullmatch(expected, said), said
    assert "hunter2" not in said
