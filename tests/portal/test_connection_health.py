"""A request finds a connection that works, also after a restart of the database."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.db import ProgrammingError, connection

from portal.postgresql.base import TRUSTED_FOR, DatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> Iterator[DatabaseWrapper]:
    """A connection as a worker's thread has it, after its first request."""
    worker = connection.copy()
    assert isinstance(worker, DatabaseWrapper)
    _request(worker)
    yield worker
    worker.close()


@pytest.fixture
def checks(worker: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What each health check from now on said."""
    said: list[bool] = []
    ask = worker.is_usable

    def is_usable() -> bool:
        said.append(ask())
        return said[-1]

    monkeypatch.setattr(worker, "is_usable", is_usable)
    return said


def _request(worker: DatabaseWrapper) -> None:
    """Ask something in a request, between whose ends Django calls the same twice."""
    worker.close_if_unusable_or_obsolete()
    with worker.cursor() as cursor:
        cursor.execute("SELECT 1")
    worker.close_if_unusable_or_obsolete()


def _restart(worker: DatabaseWrapper) -> None:
    """End the connection from the server's side."""
    with psycopg.connect(os.environ["PORTAL_TEST_SUPERUSER_URL"]) as superuser:
        pid = worker.connection.info.backend_pid
        superuser.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


def test_a_busy_connection_is_not_asked_whether_it_works(
    worker: DatabaseWrapper, checks: list[bool]
) -> None:
    _request(worker)
    assert checks == []


def test_a_rested_connection_is_asked(
    worker: DatabaseWrapper, checks: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_answered_at", worker._answered_at - TRUSTED_FOR)
    _request(worker)
    assert checks == [True]


def test_a_request_right_after_a_restart_gets_a_new_connection(
    worker: DatabaseWrapper, checks: list[bool]
) -> None:
    _restart(worker)
    _request(worker)
    assert checks == [False]


def test_after_an_error_the_connection_is_asked(
    worker: DatabaseWrapper, checks: list[bool]
) -> None:
    worker.close_if_unusable_or_obsolete()
    with worker.cursor() as cursor, pytest.raises(ProgrammingError):
        cursor.execute("SELECT nothing")
    worker.close_if_unusable_or_obsolete()
    assert checks == [True]
