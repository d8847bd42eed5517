"""The unit's HTTP: one connection of a gateway, read by httptools, served by uvicorn's processes.

A check is a request with a few headers and an answer with fewer. This passes one on without the
layers that web applications need (measured: a third of a check's time), and hands over header
fields and target undecoded: what came twice, or with underscores, is seen. The parser, llhttp,
refuses bytes that do not form a request, and a target with bytes beyond ASCII.
"""

import asyncio
import threading
from collections import deque
from http import HTTPStatus
from typing import Any, NamedTuple

import httptools
from psycopg.pq.abc import PGresult

from apikeys.gateway.check import Gateway, Verdict
from apikeys.gateway.coroutine_protocol import Steps
from apikeys.gateway.original import VERIFY_PATH, is_check
from apikeys.proof.headers import Headers, headers_of

HEAD_MAX = 65_536
"""Bytes of a request's target and header fields together."""
FIELDS_MAX = 256
"""Header fields of a request."""
REQUEST_SECONDS = 10
"""Seconds in which a request must have come, from its first byte on."""
FAREWELL_SECONDS = 0.1
"""Seconds for which a process that no longer listens takes a request from a connection."""
_LIVE = "/livez"
_READY = "/readyz"
_NO_REQUEST = "This is no HTTP request, or its method is none of the registered ones.\n"
_TOO_LARGE = (
    f"Send at most {FIELDS_MAX} header fields, and with the target at most {HEAD_MAX} bytes.\n"
)
_LEAVE = "100-continue"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES: dict[int, str] = {
    status: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus
}


class _Request(NamedTuple):
    method: str
    target: str
    headers: Headers


class CheckProtocol(asyncio.Protocol):
    """A connection, as uvicorn makes one. Requests are answered one after another."""

    def __init__(
        self,
        config: Any,
        server_state: Any,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """All are uvicorn's; the application has put what it knows into `app_state`."""
        self._gateway: Gateway = app_state["gateway"]
        self._leaving: threading.Event = app_state["leaving"]
        self._idle_seconds: float = config.timeout_keep_alive
        self._server = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        # What follows a request that wants the connection closed is passed over without an error.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._transport: asyncio.Transport
        self._peer: str | None = None
        self._target = b""
        self._fields: list[tuple[bytes, bytes]] = []  # so far, of a head that is not complete
        self._headers: Headers = {}
        self._in_head = False
        self._more = 0  # bytes of a head or of trailers, but those that came with its beginning
        self._waiting: deque[_Request] = deque()
        self._method = ""  # of the request that is being answered
        self._steps: Steps[Verdict] | None = None  # of its check, if that has to wait
        self._dated: tuple[list[tuple[bytes, bytes]], str] = ([], "")
        self._last = False  # nothing more is taken from this connection
        self._within = False  # a request has begun and is not complete
        self._since = self._loop.time()  # when that, or the wait for one, began
        self._full = False  # the gateway does not read its answers
        self._paused = False
        self._alarm: asyncio.TimerHandle | None = None

    # What the transport calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A gateway has connected."""
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if peer else None
        self._server.connections.add(self)
        self._look_at_the_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """The gateway has gone; a check that is under way ends unheard."""
        self._server.connections.discard(self)
        self._last = True
        self._waiting.clear()
        if self._alarm is not None:
            self._alarm.cancel()

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request, or of several."""
        if self._last:
            return
        if self._within:
            self._more += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._last = True  # the check was asked for; what follows would not be HTTP
            if self._steps is None:
                self._transport.close()
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST, _NO_REQUEST)
        if (self._within and self._more > HEAD_MAX) or len(self._fields) > FIELDS_MAX:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LARGE)
        if self._waiting:
            self._pause_or_resume()

    def pause_writing(self) -> None:
        """The gateway does not read its answers: ask it for no more."""
        self._full = True
        self._pause_or_resume()

    def resume_writing(self) -> None:
        """It reads again."""
        self._full = False
        self._pause_or_resume()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A request begins."""
        self._target, self._fields, self._more = b"", [], 0
        self._in_head = self._within = True
        self._since = self._loop.time()

    def on_url(self, part: bytes) -> None:
        """Some of the target."""
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field; a trailer, which comes after the body, is none (RFC 9110, 6.5)."""
        if self._in_head:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is complete; a client that waits for leave to send a body gets it.

        Bytes beyond ASCII are kept as they are (RFC 9110, 5.5).
        """
        self._in_head, self._more = False, 0
        fields, self._fields = self._fields, []
        if self._last:
            return
        size = len(self._target) + sum([len(name) + len(value) for name, value in fields])
        if size > HEAD_MAX or len(fields) > FIELDS_MAX:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LARGE)
            return
        self._headers = headers_of(
            [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in fields]
        )
        waits = self._headers.get("expect")
        if waits and waits[0].lower() == _LEAVE:
            self._transport.write(_CONTINUE)

    def on_body(self, _: bytes) -> None:
        """Some of the body, which says nothing about the request and is not kept."""
        self._more = 0

    def on_message_complete(self) -> None:
        """A request is complete."""
        self._within = False
        if self._last:
            return
        parser = self._parser
        # HTTP/1.0 keeps a connection only by this header; we do not.
        self._last = not parser.should_keep_alive() or (
            "connection" in self._headers and parser.get_http_version() == "1.0"
        )
        method, target = parser.get_method().decode(), self._target.decode("latin-1")
        if self._steps is None:
            self._answer(method, target, self._headers)
        else:
            self._waiting.append(_Request(method, target, self._headers))

    # What uvicorn calls.

    def shutdown(self) -> None:
        """The process listens no more: close with the next answer, or soon if nothing is asked.

        Closed at once, a connection could break a request that is on its way.
        """
        self._leaving.set()
        self._loop.call_later(FAREWELL_SECONDS, self._end)

    def _end(self) -> None:
        """Answer what is being answered, and close."""
        self._last = True
        self._waiting.clear()
        if self._steps is None:
            self._transport.close()

    # Answering.

    def _answer(self, method: str, target: str, headers: Headers) -> None:
        self._method = method
        path, _, _ = target.partition("?")
        if is_check(path):
            suffix = target[len(VERIFY_PATH) :]
            self._steps = self._gateway.check(method, suffix, headers, self._peer)
            self._go_on(self._steps, None)
        elif path == _READY:
            self._steps = self._gateway.ready()
            self._go_on(self._steps, None)
        else:
            self._write(Verdict(HTTPStatus.OK if path == _LIVE else HTTPStatus.NOT_FOUND, []))

    def _heard(self, result: PGresult | None) -> None:
        """The database has answered; when the check has ended, so do those that wait for it."""
        if self._steps is not None:
            self._go_on(self._steps, result)
        while self._waiting and self._steps is None:
            self._answer(*self._waiting.popleft())
        if self._paused:
            self._pause_or_resume()

    def _go_on(self, steps: Steps[Verdict], result: PGresult | None) -> None:
        """Take the check's next step."""
        try:
            try:
                steps.send(result).heard = self._heard
            except StopIteration as end:
                self._steps = None
                self._write(end.value)
        except BaseException:
            self._transport.abort()  # without an answer, refuse: the caller must not pass
            raise

    def _write(self, verdict: Verdict) -> None:
        self._server.total_requests += 1
        if self._transport.is_closing():
            return
        closing = (self._last or self._leaving.is_set()) and not self._waiting
        fields = "".join([f"{name}: {value}\r\n" for name, value in verdict.headers])
        self._send(verdict.status, fields, verdict.body, closing=closing)
        self._since = self._loop.time()
        if closing:
            self._last = True
            self._transport.close()

    def _pause_or_resume(self) -> None:
        """Read on only while nothing waits, neither for us nor for the gateway."""
        pause = self._full or bool(self._waiting)
        if pause != self._paused and not self._transport.is_closing():
            self._paused = pause
            if pause:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def _send(self, status: int, fields: str, body: str, *, closing: bool) -> None:
        content = body.encode()
        end = "connection: close\r\n\r\n" if closing else "\r\n"
        length = f"content-length: {len(content)}\r\n"
        pairs = self._server.default_headers
        if pairs is not self._dated[0]:  # uvicorn makes a new list, with a new date, every second
            lines = [b"%b: %b\r\n" % pair for pair in pairs]
            self._dated = pairs, b"".join(lines).decode()
        head = f"{_STATUS_LINES[status]}{self._dated[1]}{fields}{length}{end}".encode()
        self._transport.write(head if self._method == "HEAD" else head + content)

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        """Answer what can be no request, unless another is being answered, and close."""
        if not self._last and self._steps is None:
            self._method = ""  # nothing could be read as a request
            self._send(status, "content-type: text/plain\r\n", text, closing=True)
        self._end()

    def _look_at_the_clock(self) -> None:
        """Close a connection that has sent nothing for long, or takes too long over a request."""
        if self._transport.is_closing():
            self._transport.abort()  # the gateway does not read what is left
            return
        patience = REQUEST_SECONDS if self._within else self._idle_seconds
        if self._steps is None and self._loop.time() - self._since >= patience:
            self._transport.close()
        pause = min(REQUEST_SECONDS, self._idle_seconds)
        self._alarm = self._loop.call_later(pause, self._look_at_the_clock)
