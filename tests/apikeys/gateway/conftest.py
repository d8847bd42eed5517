"""Look-ups of the test's own, as a process of the unit has one."""

from collections.abc import Iterator

import pytest
from django.db import connection
from psycopg import pq

from tests.apikeys.gateway.lookups import AskedLookup

PATIENT = 10.0
"""Seconds; for tests that are not about the deadline, on a busy machine."""


def parameters() -> dict[str, object]:
    """Libpq's parameters of the test database."""
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    found = connection.get_connection_params()
    return {name: found[name] for name in known & set(found)}


@pytest.fixture
def worker_lookup(transactional_db: None) -> Iterator[AskedLookup]:
    """A look-up in this worker's database; it sees what the test has committed."""
    lookup = AskedLookup(parameters(), PATIENT)
    yield lookup
    lookup.close()


@pytest.fixture
def second_lookup(transactional_db: None) -> Iterator[AskedLookup]:
    """Another process's."""
    lookup = AskedLookup(parameters(), PATIENT)
    yield lookup
    lookup.close()
