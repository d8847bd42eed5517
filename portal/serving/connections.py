"""One connection: what it has received, what it still has to send, and how long it may take."""

import select
import socket
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from time import monotonic

from accounts.addresses import site_of
from portal.serving.requests import CONTINUE, Reader, Refused, refusal

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
UNSENT_MAX = 4 * 1024 * 1024
"""Bytes of an answer that we hold for a client that reads slowly; the rest holds its thread."""
READ = 64 * 1024


class ClientGone(Exception):
    """The client has closed the connection, or takes nothing of its answer."""


class Connection:
    """One connection. One thread at a time has it in hand; others only end it (`end_late`)."""

    def __init__(self, sock: socket.socket, address: tuple[str, int]) -> None:
        """The client has connected from `address`."""
        self.socket = sock
        self.peer = address[0], str(address[1])
        self.site = site_of(address[0])
        self.in_hand = False
        """Whether a thread reads from it, answers it, or will answer it soon."""
        self.begun = False
        """Whether a request has begun that is not whole."""
        self.since = monotonic()
        """When that began, or the last answer ended, or the client took its last bytes."""
        self.in_line_since = 0.0
        """When its request began to wait for a thread."""
        self.dropped = False
        """Whether it ended without us: the client is gone, too late, or gave way to another."""
        self.unsent = 0
        """Bytes that the client has not taken yet."""
        self.reader = Reader()
        self.requests = self.reader.whole
        self._pieces: deque[memoryview] = deque()  # of what is unsent
        self._answered = False  # whether there was a request before
        self._lingers = False  # all was said, and what still comes is only thrown away

    @property
    def has_work(self) -> bool:
        """Whether a request can be answered now: the client has taken the answers before."""
        return bool(self.requests) and not self.unsent and not self.dropped

    @property
    def waits_until(self) -> float:
        """Until when it may wait for its client; a slow request counts from its first byte."""
        if self.unsent:
            return self.since + ANSWER_SECONDS
        if self._lingers:
            return self.since + LINGER_SECONDS
        if self.begun:
            return self.since + REQUEST_SECONDS + self.reader.received / LEAST_RATE
        return self.since + (REST_SECONDS if self._answered else REQUEST_SECONDS)

    def go_on(self) -> bool:
        """Send or read, after an event. False when the client is gone."""
        try:
            if self.unsent:
                self._flush()
                self._linger_at_the_end()
                return True
            data = self.socket.recv(READ)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if data and not self._lingers:
            self._read(data)
        return bool(data)

    def answered(self, *, is_last: bool) -> None:
        """An answer was said, though perhaps not yet taken by the client."""
        self._answered = True
        self.since = monotonic()
        self.begun = bool(self.reader.received)
        if is_last:
            self.requests.clear()
            self.reader.ended = True
        self._linger_at_the_end()

    def send(self, data: bytes) -> None:
        """Send, or keep for later. Raises ClientGone."""
        try:
            if not self.unsent:
                with suppress(BlockingIOError):
                    data = data[self.socket.send(data) :]
            if data:
                self._pieces.append(memoryview(data))
                self.unsent += len(data)
            while self.unsent > UNSENT_MAX:
                self._wait_for_room()
                self._flush()
        except OSError as error:
            raise ClientGone from error

    def end_late(self) -> None:
        """End it, since its time is over. Whoever sends a request too slowly is told so."""
        if self.begun and not self._lingers and not self.unsent:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.drop()

    def drop(self) -> None:
        """End it while no thread has it in hand. The thread that notices closes the socket."""
        self.dropped = True
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def _read(self, data: bytes) -> None:
        if self.reader.ended:
            return
        if not self.begun:
            self.begun, self.since = True, monotonic()
        try:
            self.reader.feed(data)
        except Refused as refused:
            self.reader.ended = True
            if not self.requests:
                self._refuse(refused.status)
        if self.reader.continue_expected:
            self.reader.continue_expected = False
            self._try_to_send(CONTINUE)

    def _refuse(self, status: HTTPStatus) -> None:
        self._try_to_send(refusal(status))
        self.reader.ended = True
        self._linger_at_the_end()

    def _linger_at_the_end(self) -> None:
        """Once all is said, close our half only, and read what still comes.

        A socket that is closed with unread bytes resets the connection, and the client may lose the
        answer that told it why (RFC 9112, 9.6).
        """
        if not self.reader.ended or self.requests or self.unsent or self._lingers:
            return
        self._lingers, self.begun, self.since = True, False, monotonic()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def _wait_for_room(self) -> None:
        waiting = select.poll()
        waiting.register(self.socket, select.POLLOUT)
        if not waiting.poll(ANSWER_SECONDS * 1000):
            raise TimeoutError

    def _flush(self) -> None:
        """Send what was kept, as far as the client takes it."""
        while self._pieces:
            first = self._pieces[0]
            try:
                sent = self.socket.send(first)
            except BlockingIOError:
                return
            self.unsent -= sent
            self.since = monotonic()
            if sent < len(first):
                self._pieces[0] = first[sent:]
            else:
                self._pieces.popleft()

    def _try_to_send(self, data: bytes) -> None:
        with suppress(OSError):
            self.socket.send(data)
