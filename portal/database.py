"""Which database, and as which of its roles.

Two roles share one database: the owner migrates (``DATABASE_OWNER_URL``), the application serves
(``DATABASE_URL``) and may not change tables. ``PORTAL_DB_ROLE=owner`` selects the first; manage.py
sets it for the commands that need it, and nothing that serves requests ever does.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

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

    The directory travels in the query: URL parsers put what stands in a host's place in lower case.
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
    """Whether the database is the embedded one, which holds nobody's data but a developer's."""
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
    scheme = urlsplit(url).scheme
    if scheme not in {"postgres", "postgresql"}:
        msg = f"{variable} must begin with postgresql://, it begins with {scheme or 'nothing'!r}."
        raise ImproperlyConfigured(msg)
    try:
        config: dict[str, Any] = {**dj_database_url.parse(url)}
    except ValueError:
        # The parser's own text repeats the address, and with it the password.
        msg = f"{variable} is not a valid postgresql:// address."
        raise ImproperlyConfigured(msg) from None
    options = dict(config.get("OPTIONS", {}))
    return config | {"HOST": options.pop("host", config["HOST"]), "OPTIONS": options}
