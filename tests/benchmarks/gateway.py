"""``make bench``: the gateway's checks beside a bare server and beside other people's checks.

All are served at once, each with as many workers, from one throw-away PostgreSQL, and asked in
turns: what else the machine does hits all alike. FULL=1 makes the large database as large as the
goal speaks of; KEYS chooses any other size.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from portal.database import EMBEDDED_APP_ROLE, EMBEDDED_OWNER_ROLE, REPOSITORY
from portal.launcher.server import (
    GATEWAY,
    UVICORN,
    Application,
    ServerFailed,
    default_workers,
)
from tests.benchmarks import wrk
from tests.benchmarks.gateway_keys import Credentials
from tests.benchmarks.gateway_load import put, raw
from tests.benchmarks.gateway_requests import SETTINGS, signed, with_secrets, with_tokens
from tests.benchmarks.gateway_rounds import CEILING, Rounds, beside_guessing, refusals
from tests.benchmarks.granian import ElsewhereServer, MeasuredServer, served_by_granian
from tests.benchmarks.wrk import LoadFailed
from tests.postgres_plugin import FOREIGN, throw_away_portal
from tests.servers import free_port, serving

KEYS = int(os.environ.get("KEYS", "10000000" if os.environ.get("FULL") == "1" else "1000000"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS", "3"))
WORKERS = int(os.environ.get("WORKERS") or default_workers())
"""Of each server: by default as many as `make run` starts."""
ASKED = 1_000
"""Real keys in each database, and credentials of each peer, asked for in turn."""
KEYS_PER_TENANT = 10
PEERS_PYTHON = REPOSITORY / ".venv/bench-gateway/bin/python"
PEERS = served_by_granian("peers", "tests.benchmarks.peers.wsgi:application")
_HELLO = "tests.benchmarks.peers.hello"
BARE_WSGI = served_by_granian("hello", f"{_HELLO}:wsgi")
BARE_ASGI = Application("hello", UVICORN, ("--lifespan", "off", f"{_HELLO}:asgi"))
FLOOR = served_by_granian("floor", "tests.benchmarks.peers.floor:wsgi")


class PeersServer(ElsewhereServer, MeasuredServer):
    """Granian from the environment in which the peers are installed."""

    python = PEERS_PYTHON


@dataclass(frozen=True, slots=True)
class Database:
    """One of the portal's databases, with keys that can be asked for."""

    name: str
    env: dict[str, str]
    keys: Credentials
    count: int


type Ports = dict[str, tuple[int, int]]
"""By server: its port and its main process."""


def main() -> int:
    """Fill, serve, measure, print tables."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    try:
        program = wrk.find()
        with throw_away_portal() as portal:
            os.environ.update(portal, DEMO="1", DJANGO_SETTINGS_MODULE="portal.settings")
            small = create("small", portal, 1, 0)
            large = create("large", portal, max(KEYS // KEYS_PER_TENANT, 1), KEYS - ASKED)
            lines = measure(program, portal["PORTAL_TEST_SUPERUSER_URL"], small, large)
    except (LoadFailed, ServerFailed) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(["", *lines, ""]))
    return 0


def create(name: str, portal: dict[str, str], tenants: int, keys: int) -> Database:
    """Make a database and fill it, in processes such as an operator would start."""
    superuser_url = portal["PORTAL_TEST_SUPERUSER_URL"]
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        database, owner, app = map(sql.Identifier, (name, EMBEDDED_OWNER_ROLE, EMBEDDED_APP_ROLE))
        superuser.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        superuser.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, app))
    env = environment(name, portal)
    load = ["make_load_data", "--tenants", str(tenants), "--keys", str(keys), "--seed", "1"]
    for command in (["migrate", "--verbosity", "0"], load):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=REPOSITORY,
            env=env,
            check=True,
            stdout=sys.stderr,
        )
    return add_keys(name, portal, env)


def environment(name: str, portal: dict[str, str]) -> dict[str, str]:
    """That of an installation on this database."""
    urls = {
        variable: urlsplit(portal[variable])._replace(path=f"/{name}").geturl()
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }
    return os.environ | urls | SETTINGS


def add_keys(name: str, portal: dict[str, str], env: dict[str, str]) -> Database:
    """The real keys of a database that is filled."""
    command = [sys.executable, "-m", "tests.benchmarks.gateway_keys", str(ASKED)]
    keys = Credentials(**json.loads(_run(command, env | {"LOG_LEVEL": "ERROR"})))
    superuser_url = portal["PORTAL_TEST_SUPERUSER_URL"]
    with psycopg.connect(superuser_url, dbname=name, autocommit=True) as superuser:
        superuser.execute("VACUUM (ANALYZE)")
        superuser.execute("CHECKPOINT")
        found = superuser.execute("SELECT count(*) FROM apikeys_apikey").fetchone()
    return Database(name, env, keys, found[0] if found else 0)


def measure(program: str, superuser: str, small: Database, large: Database) -> list[str]:
    """The lines of the report."""
    began, load = datetime.now(UTC), os.getloadavg()[0]
    peers_env, peers = make_peers(superuser)
    rounds = Rounds(program, _postmaster(superuser), SECONDS)
    with _served(small, large, peers_env) as ports:
        hello = with_secrets(large.keys.secrets)
        rounds.add(CEILING, ports["wsgi"], hello)
        rounds.add("bare ASGI", ports["asgi"], hello)
        rounds.add("the unit without a check", ports["gateway large"], [raw("/livez")])
        rounds.add("one SELECT, nothing judged", ports["floor"], hello)
        for which, each in (("small", small), ("large", large)):
            size, server = f"{each.count:,} keys", ports[f"gateway {which}"]
            rounds.add(f"secret, {size}", server, with_secrets(each.keys.secrets))
            rounds.add(f"token, {size}", server, with_tokens(each.keys.tokens))
            rounds.add_signed(f"signature, {size}", server, each.keys.secrets)
        for name, requests in peers.items():
            rounds.add(name, ports["peers"], requests)
        rounds.run(ROUNDS)
        alike = refusals(rounds, ports["patient"], large.keys, ROUNDS)
        guessing = beside_guessing(rounds, ports["gateway large"], large.keys, ROUNDS)
    statements = _statements(program, superuser, large)
    loads = f"load average {load:.1f} to {os.getloadavg()[0]:.1f}"
    setting = (
        f"{wrk.CONNECTIONS} connections, {WORKERS} worker(s) each, {ROUNDS} rounds of {SECONDS} s"
    )
    head = f"{began.date()}, {os.cpu_count()} cores, {loads}, {setting}"
    sizes = [
        f"- {what}: {large.count:,} keys to {small.count:,}: "
        f"{rounds.ratio(f'{what}, {large.count:,} keys', f'{what}, {small.count:,} keys'):.2f}"
        for what in ("secret", "token", "signature")
    ]
    table = rounds.table(list(peers))
    return [head, "", *table, "", *sizes, *statements, "", *alike, "", *guessing]


def make_peers(superuser: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The environment of the peers' project, and by peer what it is asked."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("CREATE DATABASE peers")
    address = make_conninfo(superuser, dbname="peers")
    parts = conninfo_to_dict(address)
    named = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    database = {name: parts[part] for name, part in named.items() if part in parts}
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.peers.settings",
        "PEERS_DATABASE": json.dumps(database),
    }
    command = [str(PEERS_PYTHON), "-m", "tests.benchmarks.peers.prepare", str(ASKED)]
    made = json.loads(_run(command, env))
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    return env, {
        name: [raw(path, (header, value)) for header, value in headers]
        for name, (path, headers) in made.items()
    }


@contextmanager
def _served(small: Database, large: Database, peers_env: dict[str, str]) -> Iterator[Ports]:
    # Whoever fails as often as is measured here would be turned away without a look.
    patient = large.env | {"GATEWAY_FAILURES": "1000000000"}
    servers: dict[str, tuple[type[MeasuredServer], Application, dict[str, str]]] = {
        "wsgi": (PeersServer, BARE_WSGI, dict(os.environ)),
        "asgi": (MeasuredServer, BARE_ASGI, dict(os.environ)),
        "floor": (PeersServer, FLOOR, large.env),
        "gateway small": (MeasuredServer, GATEWAY, small.env),
        "gateway large": (MeasuredServer, GATEWAY, large.env),
        "patient": (MeasuredServer, GATEWAY, patient),
        "peers": (PeersServer, PEERS, peers_env),
    }
    with ExitStack() as running:
        logs = Path(running.enter_context(tempfile.TemporaryDirectory()))
        ports = {}
        for name, (kind, application, env) in servers.items():
            port, log = free_port(), logs / f"{name}.log"
            server = kind(
                "127.0.0.1", port, workers=WORKERS, env=env, log=log, application=application
            )
            running.enter_context(serving(server))
            ports[name] = port, server.process_id
        yield ports


def _statements(program: str, superuser: str, database: Database) -> list[str]:
    """How many transactions a check is, each of them one statement, as PostgreSQL counts them."""
    secrets = database.keys.secrets
    kinds = {
        "secret": with_secrets(secrets),
        "token": with_tokens(database.keys.tokens),
        "signature": signed(secrets, 10_000),
    }
    lines, postmaster = [], _postmaster(superuser)
    for name, requests in kinds.items():
        before = _transactions(superuser, database.name)
        with tempfile.TemporaryDirectory() as home:
            server = MeasuredServer(
                "127.0.0.1",
                free_port(),
                workers=1,
                env=database.env,
                log=Path(home, "log"),
                application=GATEWAY,
            )
            with serving(server):  # a backend that has ended has told all it did
                # One connection: what comes together travels in one transaction, a statement each.
                load = put(
                    program,
                    server.port,
                    requests,
                    1,
                    pids=(server.process_id, postmaster),
                    connections=1,
                    once=name == "signature",
                )
        each = (_transactions(superuser, database.name) - before) / load.requests
        lines.append(f"- statements for a {name}: {each:.2f}")
    return lines


def _transactions(superuser: str, name: str) -> int:
    with psycopg.connect(superuser, autocommit=True) as connection:
        cursor = connection.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = %s", [name]
        )
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def _postmaster(superuser: str) -> int:
    """PostgreSQL's main process: the parent of any backend."""
    with psycopg.connect(superuser) as connection:
        backend = connection.info.backend_pid
        stat = Path(f"/proc/{backend}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


def _run(command: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=REPOSITORY, env=env, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
