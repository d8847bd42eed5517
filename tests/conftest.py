"""The tests' database: made by the owner, used by the application's role, emptied by neither.

Each xdist worker has a copy of one migrated template. Tests that commit are cleaned up by the
superuser with triggers switched off, since the audit table refuses TRUNCATE to everybody else.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql
from pytest_django import DjangoDbBlocker

from accounts import rate_limits
from accounts.fixed_queries import ask
from portal.database import connection_arguments, databases
from tests.noted_uses import uses  # noqa: F401 - as below
from tests.proxied_portal import proxied_portal, running_proxied_portal  # noqa: F401 - as below
from tests.served_gateway import gateway_server, served_gateway  # noqa: F401 - as below
from tests.served_portal import (  # noqa: F401 - pytest finds fixtures by their name here
    chromium_path,
    collected_static_files,
    portal_server,
    served_portal,
)
from tests.written_log import written  # noqa: F401 - as below

TEMPLATE = "portal_template"
ATTEMPTS = 3
TEMPLATE_LOCK = 20_261_122  # any number; advisory locks are per cluster and the cluster is ours

# Filled by migrate and its post_migrate receivers, not by tests.
SEEDED = (
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_site",
)


@pytest.fixture(scope="session")
def worker_database() -> str:
    """Name the address of this worker's database, for processes of their own."""
    return _renamed(os.environ["DATABASE_URL"], _worker_database_name())


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Give this worker its own database, and every connection the application's role."""
    name = _worker_database_name()
    with django_db_blocker.unblock():
        _copy_template(name)
        _use_database(name)
        with _superuser(name) as superuser, pytest.MonkeyPatch.context() as patch:
            patch.setattr(TransactionTestCase, "_fixture_teardown", _emptying(superuser))
            yield
        connection.close()


def _worker_database_name() -> str:
    return f"portal_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


def _renamed(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def _copy_template(name: str) -> None:
    """Create database `name`. The first worker to come migrates the template for all."""
    with _superuser("postgres") as superuser:
        superuser.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        found = superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
        if found.fetchone() is None:
            _create(superuser, TEMPLATE, "template1")
            _migrate(TEMPLATE)
        _create(superuser, name, TEMPLATE)


def _create(superuser: "psycopg.Connection[Any]", name: str, template: str) -> None:
    owner = connection_arguments(databases(os.environ | {"PORTAL_DB_ROLE": "owner"}))["user"]
    superuser.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(owner), sql.Identifier(template)
        )
    )


def _migrate(name: str) -> None:
    """Migrate as the owner; `portal.grants` then gives the application's role what it needs."""
    app = dict(connection.settings_dict)
    connection.close()
    try:
        connection.settings_dict.update(
            databases(os.environ | {"PORTAL_DB_ROLE": "owner"}), NAME=name
        )
        call_command("migrate", interactive=False, verbosity=0)
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(app)


def _use_database(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name


@contextmanager
def _superuser(database: str) -> "Iterator[psycopg.Connection[Any]]":
    url = os.environ["PORTAL_TEST_SUPERUSER_URL"]
    with psycopg.connect(url, dbname=database, autocommit=True) as superuser:
        yield superuser


def _emptying(superuser: "psycopg.Connection[Any]") -> Callable[[TransactionTestCase], None]:
    """Make the clean-up of tests that commit: empty every table but the seeded ones."""
    tables = superuser.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)",
        [list(SEEDED)],
    ).fetchall()
    names = [sql.Identifier(table) for (table,) in tables]
    any_row = sql.SQL(" OR ").join(
        sql.SQL("EXISTS (SELECT 1 FROM {})").format(name) for name in names
    )
    # Numbers go on: what a server notes a moment later belongs to a key that is gone, and not to
    # another test's.
    truncate = sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names))

    def empty(_: TransactionTestCase) -> None:
        for _attempt in range(ATTEMPTS):
            # A server that notes a use just now locks tables in another order.
            with suppress(psycopg.errors.DeadlockDetected):
                return empty_once()
        return empty_once()

    def empty_once() -> None:
        if not names:
            return
        with superuser.transaction():
            # A transaction that a test left open would block for ever: say so instead.
            superuser.execute("SET LOCAL lock_timeout = '10s'")
            # Ordinary triggers do not fire for a replica.
            superuser.execute("SET LOCAL session_replication_role = replica")
            if superuser.execute(sql.SQL("SELECT ") + any_row).fetchone() != (False,):
                superuser.execute(truncate)

    return empty


# --- Time -------------------------------------------------------------------------------------


@pytest.fixture
def endless_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no window of a rate limit end while a test counts."""
    monkeypatch.setattr(
        rate_limits, "ask", lambda sql, values: ask(sql, {**values, "window": 10**10})
    )


# --- The cast ---------------------------------------------------------------------------------

pytest_plugins = ["tests.cast", "tests.apikeys.gateway.real_gateways"]
