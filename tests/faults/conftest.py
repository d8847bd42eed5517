"""The portal in this process, on a cluster of its own; its commits can wait for a standby."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.roles import Role
from apikeys.services.keys import CreatedKey
from portal.database import databases
from portal.launcher.embedded_postgres import SUPERUSER, Cluster
from portal.postgresql import prober as probers
from portal.postgresql.connection import Connection
from portal.postgresql.prober import Prober
from tests.apikeys.rest.canonical.calls import calling
from tests.factories import make_key, make_member, make_tenant, signed_in
from tests.own_cluster import hung, manage, own_cluster, surroundings

ANSWER_SECONDS = 0.5
CONNECT_SECONDS = 2  # psycopg waits for no less
LONGEST_WAIT = 60
"""Seconds; who still waits then gets an answer, so that a test fails and does not hang itself."""


@dataclass(frozen=True)
class Fragile:
    """Somebody's key and somebody who may delete it, through both doors."""

    admin: User
    admin_key: CreatedKey
    payroll: CreatedKey

    @property
    def program(self) -> Client:
        """The admin key, calling."""
        return calling(self.admin_key)

    @property
    def browser(self) -> Client:
        """The admin, signed in; what the portal could not answer is an error page."""
        client = signed_in(self.admin)
        client.raise_request_exception = False
        return client

    @property
    def page(self) -> str:
        """The page of the key "Payroll"."""
        key = self.payroll.key
        return f"/account/{key.tenant.public_id}/keys/{key.client_id}/"


@pytest.fixture(scope="package")
def cluster() -> Iterator[Cluster]:
    """Migrated. With synchronous_commit set, a COMMIT waits for a standby that never comes."""
    with own_cluster("portal-silent-") as cluster:
        manage("migrate", surroundings(cluster))
        with superuser(cluster) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        cluster.stop()
        cluster.start()
        yield cluster


@pytest.fixture
def fragile(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker
) -> Iterator[Fragile]:
    """Let this thread's connection lead there, and answer soon."""
    ours = databases(surroundings(cluster))
    ours["OPTIONS"] |= {"connect_timeout": CONNECT_SECONDS}
    with django_db_blocker.unblock():
        connection.close()
        for name in ("HOST", "PORT", "NAME", "USER", "OPTIONS"):
            monkeypatch.setitem(connection.settings_dict, name, ours[name])
        monkeypatch.setitem(connection.settings_dict, "ANSWER_SECONDS", ANSWER_SECONDS)
        monkeypatch.setattr(connections[DEFAULT_DB_ALIAS], "_pauses_until", float("-inf"))
        try:
            yield _fragile()
        finally:
            connection.close()


def _fragile() -> Fragile:
    tenant = make_tenant()
    return Fragile(
        admin=make_member(tenant, Role.ADMIN),
        admin_key=make_key(tenant, name="Back office", role=Role.ADMIN),
        payroll=make_key(tenant, name="Payroll"),
    )


@contextmanager
def silent(cluster: Cluster) -> Iterator[None]:
    """The server hangs, for LONGEST_WAIT at most."""
    with hung(cluster) as wake:
        at_last = threading.Timer(LONGEST_WAIT, wake)
        at_last.start()
        try:
            yield
        finally:
            at_last.cancel()


@contextmanager
def beside(work: Callable[[], None], over: threading.Event) -> Iterator[None]:
    """Wait for a standby at each COMMIT while a thread does `work`, which ends once `over` is set.

    The connection is closed in the end, whatever it waits for.
    """
    thread = threading.Thread(target=work)
    thread.start()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
        yield
    finally:
        connection.close()
        over.set()
        thread.join()


def superuser(cluster: Cluster) -> "psycopg.Connection[Any]":
    """Connect as whoever may do everything; every statement commits."""
    return psycopg.connect(cluster.url(SUPERUSER), autocommit=True)


@pytest.fixture(params=["connected", "not connected"])
def prepare(request: pytest.FixtureRequest) -> Callable[[], None]:
    """What this worker has when the database falls silent."""
    return connection.ensure_connection if request.param == "connected" else connection.close


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One for each attempt to connect."""
    found: list[object] = []
    connect = Connection.connect

    def counted(**options: Any) -> Connection:
        found.append(options)
        return connect(**options)

    monkeypatch.setattr(Connection, "connect", counted)
    return found


@pytest.fixture
def patient(fragile: Fragile, monkeypatch: pytest.MonkeyPatch) -> Fragile:
    """The same, where nobody gives up by himself."""
    monkeypatch.setitem(connection.settings_dict, "ANSWER_SECONDS", LONGEST_WAIT)
    options = connection.settings_dict["OPTIONS"] | {"connect_timeout": LONGEST_WAIT}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    connection.close()
    return fragile


@pytest.fixture
def probed(patient: Fragile, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fragile]:
    """The same, with a prober, as in a process that serves."""
    with probing(monkeypatch):
        yield patient


@contextmanager
def probing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Prober]:
    """This process has a prober."""
    monkeypatch.setattr(probers, "_of_process", None)
    probers.start_prober()
    prober = probers.prober()
    assert prober is not None
    try:
        yield prober
    finally:
        prober.stop()
        monkeypatch.setattr(probers, "_of_process", None)
