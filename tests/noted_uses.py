"""Uses of keys, which are noted in memory and written later.

A test's own process writes them when the test says so, by the fixture `uses`. A served portal
writes them every two seconds: `written` waits for it.
"""

from collections.abc import Callable
from time import monotonic

import pytest
from django.db import connection

from apikeys.proof import use_log
from apikeys.proof.use_log import UseLog

PATIENCE = 30.0
"""Seconds in which a served portal has written what it noted."""


@pytest.fixture
def uses(monkeypatch: pytest.MonkeyPatch) -> UseLog:
    """What this process has noted; `flush` writes it."""
    log = UseLog()
    monkeypatch.setattr(use_log, "_of_process", log)
    return log


def written[Found](find: Callable[[], Found]) -> Found:
    """What `find` finds, as soon as it finds something."""
    end = monotonic() + PATIENCE
    while not (found := find()) and monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.1)")
    return found
