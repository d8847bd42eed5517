"""Which database, and as which of its roles.

Two roles share one database: the owner migrates (``DATABASE_OWNER_URL``), the application serves
(``DATABASE_URL``) and may not change tables. ``PORTAL_DB_ROLE=owner`` selects the first; manage.py
sets it for the commands that need it, and nothing that serves requests ever does.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from accounts.database_hosts import each_host, listed

REPOSITORY = Path(__file__).resolve().parent.parent
EMBEDDED_DATABASE = "portal"
EMBEDDED_APP_ROLE = "portal_app"
EMBEDDED_OWNER_ROLE = "portal_owner"

# Milliseconds. A request that needs 15 s of database is lost anyway, and holds one of few workers.
# Whoever has waited 2 s for a lock is told that somebody else is at it, and may come again.
# Migrations may run long, but must not queue for a table lock: everybody else queues behind them.
APP_LIMITS = (
    "-c statement_timeout=15000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=60000"
)
OWNER_LIMITS = "-c lock_timeout=10000"
CONNECT_TIMEOUT_SECONDS = 5
ANSWER_SECONDS = 17
"""A little more than statement_timeout, which a server that hangs does not keep. COMMIT knows no
other limit: it may wait for a standby."""

SCHEMES = ("postgresql://", "postgres://")
NO_ADDRESS = (
    "is no address that libpq understands: it may hold libpq's parameters only, and in a name or "
    "password %, @ and / are written %25, %40 and %2F."
)
LIBPQ_NAMES = {
    "dbname": "NAME",
    "user": "USER",
    "password": "PASSWORD",
    "host": "HOST",
    "port": "PORT",
}


def var_directory(env: Mapping[str, str]) -> Path:
    """Where the installation keeps what it writes: ``VAR``, else ``var`` in the repository."""
    return Path(env.get("VAR") or REPOSITORY / "var").resolve()


def embedded_url(var: Path, user: str) -> str:
    """Address of the embedded database below `var`, for `user`.

    The socket directory may be a link to a shorter path (a socket's path has at most 107 bytes),
    so it is resolved here and never handed to libpq as it stands.
    """
    return socket_url(Path(os.path.realpath(var / "postgres" / "socket")), user)


def socket_url(directory: Path, user: str, database: str = EMBEDDED_DATABASE) -> str:
    """Address of `database` on the server whose socket lies in `directory`.

    The directory travels in the query, where its slashes may stand as they are.
    """
    return f"postgresql://{user}@/{database}?host={quote(str(directory))}"


def database_urls(env: Mapping[str, str]) -> tuple[str, str]:
    """Return the addresses for the application and for the owner, in this order."""
    if not embedded_in_use(env):
        app_url = env["DATABASE_URL"]
        return app_url, env.get("DATABASE_OWNER_URL") or app_url
    var = var_directory(env)
    return embedded_url(var, EMBEDDED_APP_ROLE), embedded_url(var, EMBEDDED_OWNER_ROLE)


def embedded_in_use(env: Mapping[str, str]) -> bool:
    """Whether the database is the embedded one, which holds a developer's data only."""
    return not env.get("DATABASE_URL")


def app_role(env: Mapping[str, str]) -> str:
    """Name of the role that serves requests, to whom `portal.grants` grants."""
    return str(_parse(database_urls(env)[0], "DATABASE_URL")["USER"])


def databases(env: Mapping[str, str]) -> dict[str, Any]:
    """Return what Django calls ``DATABASES["default"]``.

    Raises ImproperlyConfigured, without repeating the password, for anything but PostgreSQL.
    """
    app_url, owner_url = database_urls(env)
    as_owner = env.get("PORTAL_DB_ROLE") == "owner"
    config = _parse(
        owner_url if as_owner else app_url,
        "DATABASE_OWNER_URL" if as_owner and env.get("DATABASE_OWNER_URL") else "DATABASE_URL",
    )
    options = {
        "application_name": "portal-owner" if as_owner else "portal",
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "options": OWNER_LIMITS if as_owner else APP_LIMITS,
    }
    return config | {
        "ENGINE": "portal.postgresql",
        # One blocking thread a worker: a connection lives as long as its worker.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": True,
        "TIME_ZONE": None,
        "ANSWER_SECONDS": None if as_owner else ANSWER_SECONDS,  # portal.postgresql
        "OPTIONS": options | config["OPTIONS"],
    }


def connection_arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    """Translate a Django database entry to the arguments of `psycopg.connect`."""
    named = {argument: config.get(key) for argument, key in LIBPQ_NAMES.items()}
    given = {argument: value for argument, value in named.items() if value}
    options: dict[str, Any] = config.get("OPTIONS", {})
    return given | options


def _parse(url: str, variable: str) -> dict[str, Any]:
    if not url.startswith(SCHEMES):
        msg = f"{variable} must begin with postgresql://."
        raise ImproperlyConfigured(msg)
    try:
        given = conninfo_to_dict(url)
    except (psycopg.Error, ValueError):
        # The parser's own text repeats parts of the address, and with them the password.
        msg = f"{variable} {NO_ADDRESS}"
        raise ImproperlyConfigured(msg) from None
    if flaw := _flaw(given):
        msg = f"{variable} {flaw}"
        raise ImproperlyConfigured(msg)
    if len(each_host(given)) > 1:
        given.setdefault("target_session_attrs", "read-write")
    named = {key: given.pop(argument, "") for argument, key in LIBPQ_NAMES.items()}
    return named | {"OPTIONS": given}


def _flaw(given: Mapping[str, Any]) -> str:
    """What is wrong with the hosts, if anything.

    No sentence repeats a part of the address: where the password holds an unquoted sign, any part
    may be a piece of it.
    """
    hosts, addresses, ports = (listed(given, name) for name in ("host", "hostaddr", "port"))
    many, quoted = max(len(hosts), len(addresses)), (*hosts, given.get("dbname", ""))
    errors = {
        NO_ADDRESS: any("@" in part for part in quoted),
        "has an empty host: there is a comma too many.": not all(hosts),
        "has a number for a host: write h1:5432,h2:5433 or h1,h2 and ?port=5432,5433.": any(
            host.isdigit() for host in hosts
        ),
        "has a port that is no number from 1 to 65535.": not all(map(_is_port, ports)),
        "must name one port for all hosts, or one for each.": len(ports) > 1 and len(ports) != many,
        "must name one hostaddr for each host.": hosts
        and addresses
        and len(hosts) != len(addresses),
    }
    return next((error for error, found in errors.items() if found), "")


def _is_port(text: str) -> bool:
    """Whether it is a port, or nothing, which is the usual one."""
    return not text or (text.isascii() and text.isdigit() and 0 < int(text) < 2**16)
