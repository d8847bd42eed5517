"""How these tests ask: around each request the connection is looked at, as a worker does."""

import time
from collections.abc import Callable
from threading import Event

from django.db import connection

from tests.apikeys.rest.canonical.calls import Answer
from tests.faults.conftest import LONGEST_WAIT

type Ask = Callable[[], Answer]


def asked(ask: Ask) -> Answer:
    """The answer; before and after it the connection is looked at, as with each request."""
    connection.close_if_unusable_or_obsolete()
    try:
        return ask()
    finally:
        connection.close_if_unusable_or_obsolete()


def goes_on(ask: Ask) -> bool:
    """Whether the answer becomes a success by itself."""
    deadline = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < deadline:
        if asked(ask).status_code < 300:
            return True
        Event().wait(0.05)
    return False
