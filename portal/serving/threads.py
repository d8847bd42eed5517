"""One worker's threads and connections. A thread sees a request only once it is whole.

All threads wait for all connections (each event is for one of them). The one that finds some bytes
reads them. If they complete a request, the same thread answers it at once. So a slow client costs
no thread, and a quick one no hand-over. One thread never answers, so that reading goes on when all
others wait for the database. A request that finds two being answered waits in line: as a rule they
are done soon, and if they are not, one more thread steps in.
"""

import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog

from portal.serving.answers import Answer, Pieces
from portal.serving.connections import ClientGone, Connection
from portal.serving.polling import Poller

log = structlog.get_logger(__name__)

ACCEPTED_AT_ONCE = 100
ALWAYS_ANSWERED = frozenset({b"/livez", b"/readyz"})
"""Paths that wait in no line: they ask no database."""
AT_ONCE = 2
"""Requests that are answered at once while that goes well: more compete for the interpreter."""
STEP_IN_AFTER = 0.005
"""Seconds that a request waits in line before one more thread answers."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections one worker holds."""

    connections: int
    """In all."""
    of_one_site: int | None
    """From one address, or one IPv6 /64; None where the peers are our proxies."""


class Server:
    """One worker's listening socket, and the connections that came by it."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        listener: socket.socket,
        threads: int,
        limits: Limits,
    ) -> None:
        """Prepare; nothing is answered before `start`. One of the `threads` only reads."""
        listener.setblocking(False)  # noqa: FBT003
        self.leaving = False
        """Whether each answer is the last of its connection."""
        self._application = application
        self._listener = listener
        self._threads = threads
        self._limits = limits
        self._connections: dict[int, Connection] = {}
        self._poller = Poller()
        self._answering_max = threads - 1
        self._at_once = min(AT_ONCE, self._answering_max)
        self._answering = 0
        self._line: deque[Connection] = deque()
        self._lock = threading.Lock()  # of the two above
        host, port = listener.getsockname()[:2]
        self._environ: dict[str, Any] = {
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "wsgi.file_wrapper": Pieces,
        }

    def start(self) -> None:
        """Begin to answer, in threads that end with the process."""
        self._poller.wait_for(self._listener, new=True)
        for number in range(self._threads):
            name = f"answers-{number}"
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def end_late(self) -> None:
        """End the connections that have waited too long for their clients."""
        now = monotonic()
        for connection in tuple(self._connections.values()):
            if not connection.in_hand and now > connection.waits_until:
                connection.end_late()

    def stop_accepting(self) -> None:
        """Take the clients that are connecting at this moment, and no others."""
        self._accept()
        self._listener.close()

    def is_busy(self) -> bool:
        """Whether a request is on its way, is being answered, or its answer still being sent."""
        return any(
            each.in_hand or each.begun or each.unsent for each in tuple(self._connections.values())
        )

    def _run(self) -> None:
        while True:
            number = self._poller.next(STEP_IN_AFTER if self._line else None)
            try:
                if number is None:
                    self._step_in()
                elif connection := self._connections.get(number):
                    self._look_at(connection)
                else:
                    self._accept()
                    with suppress(OSError, ValueError):  # it is closed at the end
                        self._poller.wait_for(self._listener)
            except Exception:  # not foreseen: the thread must go on
                log.exception("connection_failed")

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted, address = self._listener.accept()
            except OSError:  # nobody more, or descriptors are short for a moment
                return
            accepted.setblocking(False)  # noqa: FBT003
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(accepted, address)
            if not self._has_room(connection.site):
                accepted.close()
                continue
            self._connections[accepted.fileno()] = connection
            self._poller.wait_for(accepted, new=True)

    def _has_room(self, site: str) -> bool:
        """Whether one more may come; the one that has waited longest for its client ends for it."""
        there = [each for each in tuple(self._connections.values()) if not each.dropped]
        among = None
        if self._limits.of_one_site is not None:
            of_site = [each for each in there if each.site == site]
            if len(of_site) >= self._limits.of_one_site:
                among = of_site
        if among is None and len(there) >= self._limits.connections:
            among = there
        if among is None:
            return True
        idle = [each for each in among if not each.in_hand]
        if not idle:
            return False
        min(idle, key=lambda each: each.since).drop()
        return True

    def _look_at(self, connection: Connection) -> None:
        """Something has happened to it."""
        connection.in_hand = True
        if connection.dropped or not connection.go_on():
            self._close(connection)
            return
        while connection.has_work:
            if connection.requests[0].path in ALWAYS_ANSWERED:
                self._answer_next(connection)
                continue
            with self._lock:
                if self._answering >= self._at_once:
                    connection.in_line_since = monotonic()
                    self._line.append(connection)
                    return
                self._answering += 1
            self._answer_line(connection)
            return
        self._leave_alone(connection)

    def _step_in(self) -> None:
        """Answer the first in line, if those who answer let it wait: they may wait themselves."""
        with self._lock:
            if not self._line or self._answering >= self._answering_max:
                return
            connection = self._line[0]
            if monotonic() - connection.in_line_since < STEP_IN_AFTER:
                return
            self._line.popleft()
            self._answering += 1
        self._answer_line(connection)

    def _answer_line(self, connection: Connection) -> None:
        """Answer this one's request, and then those in line. More of its own join the end."""
        while True:
            self._answer_next(connection)
            has_more = connection.has_work
            if not has_more:
                self._leave_alone(connection)
            with self._lock:
                if has_more:
                    connection.in_line_since = monotonic()
                    self._line.append(connection)
                if not self._line:
                    self._answering -= 1
                    return
                connection = self._line.popleft()

    def _answer_next(self, connection: Connection) -> None:
        """Answer the next request of this connection."""
        request = connection.requests.popleft()
        environ = self._environ | request.environ()
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = connection.peer
        answer = Answer(
            environ,
            connection.send,
            is_last=self.leaving or (connection.reader.ended and not connection.requests),
        )
        try:
            answer.give(self._application)
        except ClientGone:
            connection.dropped = True
        except Exception:
            log.exception("answer_failed")
            answer.end_early()
        connection.answered(is_last=answer.is_last)

    def _leave_alone(self, connection: Connection) -> None:
        """Let go of it, until there is something to read, or room to send."""
        if connection.dropped:
            self._close(connection)
            return
        connection.in_hand = False
        self._poller.wait_for(connection.socket, to_send=bool(connection.unsent))

    def _close(self, connection: Connection) -> None:
        del self._connections[connection.socket.fileno()]
        connection.socket.close()
