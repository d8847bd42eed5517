"""One worker's connections: a thread sees a request only once it is whole.

waitress reads requests in one loop and hands whole ones to its threads. What it lacks stands here:
a deadline for a request as a whole (a byte every few seconds keeps a connection alive for ever),
limits of connections, and an end without a lost answer.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, BinaryIO

import structlog
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import WSGITask
from waitress.utilities import RequestEntityTooLarge

from accounts.addresses import site_of

log = structlog.get_logger(__name__)

REQUEST_SECONDS = 10.0
"""From a request's first byte to its last; and to the first byte of a new connection."""
LEAST_RATE = 16 * 1024
"""Bytes a second by which a larger request gets more time."""
REST_SECONDS = 75.0
"""How long a connection may rest between two requests: longer than proxies keep one (nginx: 60)."""
LINGER_SECONDS = 2.0
"""How long what a client still sends is read, so that it hears the answer that refuses it."""
ANSWER_SECONDS = 30.0
"""How long a client may take no byte of its answer."""
HEAD_MAX = 128 * 1024
BODY_MAX = 128 * 1024
"""Bytes; more than any form or program of ours sends. `DATA_UPLOAD_MAX_MEMORY_SIZE` is the same."""
PIECE = 256 * 1024
"""Bytes of a file that are read at once."""
CHECK_EVERY = 1.0
"""Seconds between two looks for connections whose time is over."""
ACCEPTED_AT_ONCE = 100
FROM_THE_LOOP = frozenset({"/livez", "/readyz"})
"""Paths answered by the loop itself: they wait for no thread and ask no database."""
_LATE = b"The request did not arrive in time.\n"
TIMED_OUT = (
    b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b"
) % (len(_LATE), _LATE)


class Parser(HTTPRequestParser):
    """A request as it arrives. One whose body is too large goes on without it.

    The application says in its own form what is wrong with it; Content-Length tells it.
    """

    error: Any = None
    unread: bool = False
    """Whether there is a body that is not read."""

    def received(self, data: bytes) -> int:
        """Take what belongs to this request; the number of bytes taken."""
        taken: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge):
            self.error, self.unread = None, True
            self.headers["CONTENT_LENGTH"] = str(max(self.content_length, BODY_MAX + 1))
            self.body_rcv = None
        if self.unread or self.error:
            self.expect_continue = False
        return taken


class Task(WSGITask):
    """One request in a thread of its own."""

    wrote_header: bool

    def start(self) -> None:
        """Begin; the last answer of a connection says so (RFC 9112, 9.6)."""
        super().start()
        if self.request.unread or self.channel.server.leaving:
            self.set_close_on_finish()

    def get_environment(self) -> dict[str, Any]:
        """WSGI's. A file is sent by this thread: waitress' own wrapper would close it in another.

        Django's connections belong to threads, and it looks after them where an answer is closed.
        """
        environ: dict[str, Any] = super().get_environment()
        environ["wsgi.file_wrapper"] = Pieces
        return environ

    def write(self, data: bytes) -> None:
        """Send a piece of the answer; its head travels with the first one."""
        if self.wrote_header or not data or not self.has_body or self.content_length is None:
            super().write(data)
            return
        head: bytes = self.build_response_header()
        self.wrote_header = True
        body = data[: self.content_length]
        self.content_bytes_written += len(body)
        self.channel.write_soon(head + body)


class Pieces:
    """A file to be sent, read in larger pieces than Django's."""

    def __init__(self, file: BinaryIO, _size: int = 0) -> None:
        self._file = file
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._file.read(PIECE):
            yield piece


class Threads:
    """Those that answer whole requests. They end with the process."""

    def __init__(self, count: int) -> None:
        """Start so many."""
        self._waiting: SimpleQueue[Channel] = SimpleQueue()
        for number in range(count):
            name = f"answers-{number}"
            threading.Thread(target=self._answer, name=name, daemon=True).start()

    def add_task(self, channel: "Channel") -> None:
        """Have the next request of this connection answered."""
        self._waiting.put(channel)

    def _answer(self) -> None:
        while True:
            channel = self._waiting.get()
            try:
                channel.service()
            except BaseException:  # not foreseen: the thread must go on
                log.exception("answer_failed")


class Channel(HTTPChannel):
    """One connection."""

    parser_class = Parser
    task_class = Task
    request: Any = None
    last_activity: float
    will_close: bool = False
    began: float | None = None
    """When the first byte of the request came that is on its way, or when lingering began."""
    answered: bool = False
    """Whether there was a request before."""
    lingers: bool = False
    """Whether all was said, and what still comes is only thrown away."""

    @property
    def is_serving(self) -> bool:
        """Whether a request is being answered, or its answer is still being sent."""
        return bool(self.requests or self.total_outbufs_len)

    @property
    def waits_since(self) -> float:
        """Since when it waits for its client; a slow request counts from its first byte."""
        return self.last_activity if self.began is None else self.began

    @property
    def waits_until(self) -> float:
        """Until when it may."""
        if self.total_outbufs_len:
            return self.last_activity + ANSWER_SECONDS
        if self.began is not None and self.lingers:
            return self.began + LINGER_SECONDS
        if self.began is not None and self.request is not None:
            received: int = self.request.header_bytes_received + self.request.body_bytes_received
            return self.began + REQUEST_SECONDS + received / LEAST_RATE
        return self.last_activity + (REST_SECONDS if self.answered else REQUEST_SECONDS)

    def received(self, data: bytes) -> bool:
        """Take a piece of what the client sends."""
        if self.lingers:
            return False
        if self.began is None:
            self.began = time.time()
        read: bool = super().received(data)
        if self.request is None:
            self.began, self.answered = None, True
        return read

    def service(self) -> None:
        """Answer the next request, in a thread. Only then the client can send more of another."""
        super().service()
        if self.began is not None:
            self.began = time.time()

    def end_late(self) -> None:
        """End it, since its time is over. Whoever sends a request too slowly is told so."""
        if self.request is None or self.total_outbufs_len:
            self.will_close = True
            return
        with self.outbuf_lock:
            self.outbufs[-1].append(TIMED_OUT)
            self.total_outbufs_len += len(TIMED_OUT)
        self.request = self.began = None
        self.close_when_flushed = True

    def handle_write(self) -> None:
        """Send. After the last answer only our half is closed at first.

        A socket that is closed with unread bytes resets the connection, and the client may lose the
        answer that told it why (RFC 9112, 9.6).
        """
        if not self.close_when_flushed or self.will_close:
            super().handle_write()
            return
        _, failed = self._flush_exception(self._flush_some)
        if failed:
            self.handle_close()
        elif not self.total_outbufs_len:
            self.close_when_flushed, self.lingers = False, True
            self.began = time.time()
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections one worker holds."""

    connections: int
    """In all."""
    of_one_site: int | None
    """From one address, or one IPv6 /64; None where the peers are our proxies."""


class Server(TcpWSGIServer):
    """One worker's listening socket, and the connections that came by it."""

    channel_class = Channel
    leaving: bool = False
    """Whether each answer is the last of its connection."""

    next_channel_cleanup: float

    def __init__(
        self, application: Any, listener: socket.socket, adjustments: Adjustments, limits: Limits
    ) -> None:
        """Listen. Nothing is answered before `wasyncore` polls `_map`."""
        self.limits = limits
        super().__init__(
            application,
            _sock=listener,
            adj=adjustments,
            dispatcher=Threads(adjustments.threads),
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
            bind_socket=False,
        )

    def readable(self) -> bool:
        """Whether it takes new connections; looks after the others now and then."""
        now = time.time()
        if now >= self.next_channel_cleanup:
            self.next_channel_cleanup = now + CHECK_EVERY
            self.maintenance(now)
        return bool(self.accepting)

    def maintenance(self, now: float) -> None:
        """End what has waited for its client too long."""
        for channel in tuple(self.active_channels.values()):
            if not channel.requests and now > channel.waits_until:
                channel.end_late()

    def handle_accept(self) -> None:
        """Take the connections that came: each turn of the loop looks at all the others too."""
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted = self.accept()
            except OSError:  # the client is gone again, or descriptors are short for a moment
                return
            if accepted is None:
                return
            connection, address = accepted
            site = site_of(address[0])
            if self._has_room(site):
                self.set_socket_options(connection)
                Channel(self, connection, address, self.adj, map=self._map)
            else:
                connection.close()

    def _has_room(self, site: str) -> bool:
        """Whether one more may come; the one that has waited longest for its client goes for it."""
        channels = self.active_channels.values()
        among = None
        if self.limits.of_one_site is not None:
            of_site = [each for each in channels if site_of(each.addr[0]) == site]
            if len(of_site) >= self.limits.of_one_site:
                among = of_site
        if among is None and len(channels) >= self.limits.connections:
            among = list(channels)
        if among is None:
            return True
        idle = [each for each in among if not each.requests]
        if not idle:
            return False
        min(idle, key=lambda each: each.waits_since).handle_close()
        return True

    def add_task(self, channel: Channel) -> None:
        """Hand a whole request to a thread; what asks after our health is answered by the loop."""
        if channel.requests[0].path in FROM_THE_LOOP:
            self.trigger.pull_trigger(channel.service)
        else:
            super().add_task(channel)

    def stop_accepting(self) -> None:
        """Take those who are connecting at this moment, and then nobody."""
        self.handle_accept()
        self.del_channel()
        self.socket.close()
        self.accepting = False
