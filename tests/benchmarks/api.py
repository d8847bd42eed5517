"""``make bench-api``: the REST API beside Django REST framework and beside a bare Django view.

All three are served at once, by the same server with as many workers, from the same PostgreSQL, and
asked in turns: what else the machine does hits all alike.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from portal.database import REPOSITORY
from portal.launcher.server import PORTAL, Server, ServerFailed
from tests.benchmarks import wrk
from tests.benchmarks.granian import ElsewhereServer, served_by_granian
from tests.benchmarks.wrk import LoadFailed
from tests.postgres_plugin import FOREIGN, throw_away_portal
from tests.servers import free_port, serving

TENANTS = int(os.environ.get("TENANTS", "10000"))
KEYS = int(os.environ.get("KEYS", "100000"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS", "2"))
WORKERS = int(os.environ.get("WORKERS", "1"))
"""One leaves a second core to PostgreSQL and the load generator."""
WARM_UP_SECONDS = 1
RIVAL = served_by_granian("rival", "tests.benchmarks.rival.wsgi:application")


class RivalServer(ElsewhereServer):
    """Granian from the environment in which Django REST framework is installed."""

    python = REPOSITORY / ".venv/bench/bin/python"


def main() -> int:
    """Serve all three, measure, print a table."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    try:
        with throw_away_portal() as portal:
            os.environ.update(portal, DJANGO_SETTINGS_MODULE="portal.settings", DEMO="1")
            lines = _measure(wrk.find(), portal["PORTAL_TEST_SUPERUSER_URL"])
    except (LoadFailed, ServerFailed) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    load = f"{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}"
    setting = (
        f"{WORKERS} worker each, {wrk.CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS} s"
    )
    head = f"{datetime.now(UTC).date()}, {load}, {KEYS:,} keys, {setting}"
    sys.stdout.write("\n".join(["", head, "", *lines, ""]))
    return 0


def _measure(program: str, superuser: str) -> list[str]:
    _manage("migrate", "--verbosity", "0")
    _manage("make_load_data", "--tenants", str(TENANTS), "--keys", str(KEYS), "--seed", "1")
    import django  # noqa: PLC0415 - reads the environment made above

    django.setup()
    from tests.benchmarks import api_keys, api_rounds  # noqa: PLC0415 - need Django set up

    callers = api_keys.make_callers()
    tenants = [caller.tenant for caller in (callers.reader, *callers.writers)]
    rival, rival_env, rival_keys = _make_rival(superuser, tenants)
    api_keys.copy_to_rival(superuser, rival)
    django.db.connections.close_all()
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    with _served(rival_env) as ports:
        rounds = api_rounds.Rounds(program, ports, (superuser, rival), callers, rival_keys)
        rounds.run(WARM_UP_SECONDS)
        rounds.forget()
        for _ in range(ROUNDS):
            rounds.run(SECONDS)
    return api_rounds.table(rounds.loads)


def _make_rival(superuser: str, tenants: list[str]) -> tuple[str, dict[str, str], list[str]]:
    """Its database's address, its environment, a key of the package's own and one a tenant."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("CREATE DATABASE rival")
    rival = make_conninfo(superuser, dbname="rival")
    parts = conninfo_to_dict(rival)
    named = {"NAME": "dbname", "USER": "user", "HOST": "host"}
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.rival.settings",
        "RIVAL": "shipped",
        "RIVAL_DATABASE": json.dumps({name: parts[part] for name, part in named.items()}),
    }
    done = subprocess.run(
        [RivalServer.python, "-m", "tests.benchmarks.rival.prepare", *tenants],
        cwd=REPOSITORY,
        env=env,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    with psycopg.connect(rival, autocommit=True) as connection:
        connection.execute("ALTER TABLE rival_counter SET UNLOGGED")  # as the portal's is
    return rival, env, done.stdout.split()


@contextmanager
def _served(rival_env: dict[str, str]) -> Iterator[dict[str, int]]:
    """The ports of the portal, both forms of the rival, and the bare view."""
    plenty = "1000000000"
    limit = {"API_RATE_LIMIT": plenty, "API_CHANGE_RATE_LIMIT": plenty, "DEBUG": "false"}
    contestants = {
        "portal": (Server, PORTAL, os.environ | limit),
        "shipped": (RivalServer, RIVAL, rival_env),
        "same": (RivalServer, RIVAL, rival_env | {"RIVAL": "same"}),
        "bare": (RivalServer, RIVAL, rival_env | {"RIVAL": "bare"}),
    }
    ports = {}
    with ExitStack() as running:
        logs = Path(running.enter_context(tempfile.TemporaryDirectory()))
        for name, (kind, application, env) in contestants.items():
            ports[name] = free_port()
            log = logs / f"{name}.log"
            server = kind(
                "127.0.0.1",
                ports[name],
                workers=WORKERS,
                env=env,
                log=log,
                application=application,
            )
            running.enter_context(serving(server))
        yield ports


def _manage(*arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=REPOSITORY, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
