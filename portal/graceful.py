"""The portal's WSGI callable as Granian's workers serve it: told to end, they lose no request.

Granian closes a connection that rests as soon as it is told to end, also while its next request is
on the way: the client cannot know whether that was carried out. So a worker goes on for a moment
and says with each answer that its connection ends (RFC 9112, 9.6).
"""

import os
import signal
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

# Every thread inherits this from the one that starts it, so SIGTERM comes to `_leave` alone.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])

from portal import wsgi  # noqa: E402  # starts threads

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse

LEAVING_SECONDS = 1.0
"""A connection that rests for longer is closed without a word."""

_leaving = threading.Event()


def application(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Serve the request; the last one of its connection, once this process was told to end."""

    def start_last(
        status: str, headers: list[tuple[str, str]], exc_info: "OptExcInfo | None" = None, /
    ) -> Any:
        return start_response(status, [*headers, ("Connection", "close")], exc_info)

    return wsgi.application(environ, start_last if _leaving.is_set() else start_response)


def _leave() -> None:
    """Wait for the end, and put it off."""
    signal.sigwait([signal.SIGTERM])
    _leaving.set()
    time.sleep(LEAVING_SECONDS)
    os.kill(os.getpid(), signal.SIGINT)  # which Granian takes for the same


threading.Thread(target=_leave, name="graceful", daemon=True).start()
