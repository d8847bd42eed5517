"""The unit's HTTP: one connection of a gateway, read by httptools, served by uvicorn's processes.

A check is a request with a few headers and an answer with fewer. This passes one on without the
layers that web applications need (measured: a third of a check's time), and hands over header
fields and target undecoded: what came twice, or with underscores, is seen. What is no request, or
has bytes beyond ASCII in its target, is left to the parser, llhttp, to refuse.
"""

import asyncio
from collections import deque
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import httptools
from psycopg.pq.abc import PGresult

from apikeys.gateway.check import Gateway, Verdict
from apikeys.gateway.headers import Headers
from apikeys.gateway.original import VERIFY_PATH, is_check
from apikeys.gateway.steps import Steps

HEAD_MAX = 65_536
"""Bytes of a request's target and header fields together."""
FIELDS_MAX = 256
"""Header fields of a request."""
REQUEST_SECONDS = 10
"""Seconds in which a request must have come, from its first byte on."""
_LIVE = "/livez"
_NO_REQUEST = b"This is no HTTP request, or its method is none of the registered ones.\n"
_TOO_LARGE = b"Send at most %d header fields, and with the target at most %d bytes.\n" % (
    FIELDS_MAX,
    HEAD_MAX,
)
_LEAVE = "100-continue"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES: dict[int, bytes] = {
    status: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


class _Request(NamedTuple):
    method: str
    target: str
    headers: Headers


@lru_cache(maxsize=256)
def _field_name(name: bytes) -> str:
    """In lower case; the few that gateways send are remembered."""
    return name.decode("latin-1").lower()


class CheckProtocol(asyncio.Protocol):
    """A connection, as uvicorn makes one. Requests are answered one after another."""

    def __init__(
        self,
        config: Any,
        server_state: Any,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """All are uvicorn's; the application has put the gateway into `app_state`."""
        self._gateway: Gateway = app_state["gateway"]
        self._idle_seconds: float = config.timeout_keep_alive
        self._server = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        # What follows a request that wants the connection closed is passed over, no error.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._transport: asyncio.Transport
        self._peer: str | None = None
        self._target = b""
        self._headers: dict[str, tuple[str, ...]] = {}
        self._in_head = False
        self._size = 0  # of the target and the fields that are complete
        self._unfinished = 0  # bytes since then
        self._count = 0  # of fields
        self._waiting: deque[_Request] = deque()
        self._method = ""  # of the request that is being answered
        self._steps: Steps[Verdict] | None = None  # of its check, if that has to wait
        self._dated: tuple[list[tuple[bytes, bytes]], bytes] = ([], b"")
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
        self._unfinished += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.shutdown()  # the check was asked for; what follows would not be HTTP
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST, _NO_REQUEST)
        if self._in_head:
            self._limit_head()
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
        self._target, self._headers = b"", {}
        self._size = self._unfinished = self._count = 0
        self._in_head = self._within = True
        self._since = self._loop.time()

    def on_url(self, part: bytes) -> None:
        """Some of the target."""
        self._target += part
        self._size += len(part)
        self._unfinished = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field; bytes beyond ASCII are kept as they are (RFC 9110, 5.5).

        A trailer, which comes after the body, is none (RFC 9110, 6.5).
        """
        if not self._in_head or self._last:
            return
        headers, field, values = self._headers, _field_name(name), (value.decode("latin-1"),)
        headers[field] = headers[field] + values if field in headers else values
        self._size += len(name) + len(value)
        self._unfinished = 0
        self._count += 1
        if self._count > FIELDS_MAX:
            self._limit_head()

    def on_headers_complete(self) -> None:
        """A client that waits for leave to send a body gets it."""
        self._unfinished = 0
        self._limit_head()
        self._in_head = False
        waits = self._headers.get("expect")
        if waits and waits[0].lower() == _LEAVE and not self._last:
            self._transport.write(_CONTINUE)

    def on_message_complete(self) -> None:
        """A request is complete; its body, if it has one, says nothing about it."""
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
        """Answer what is being answered, and close: the process ends."""
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
            steps.send(result).heard = self._heard
        except StopIteration as end:
            self._steps = None
            self._write(end.value)
        except BaseException:
            self._transport.abort()  # no answer lets nobody pass
            raise

    def _write(self, verdict: Verdict) -> None:
        self._server.total_requests += 1
        if self._transport.is_closing():
            return
        closing = self._last and not self._waiting
        body = verdict.body.encode()
        lines = [f"{name}: {value}\r\n" for name, value in verdict.headers]
        lines.append(f"content-length: {len(body)}\r\n")
        lines.append("connection: close\r\n\r\n" if closing else "\r\n")
        parts = [_STATUS_LINES[verdict.status], self._default_headers(), "".join(lines).encode()]
        if self._method != "HEAD":
            parts.append(body)
        self._transport.write(b"".join(parts))
        self._since = self._loop.time()
        if closing:
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

    def _default_headers(self) -> bytes:
        """The date, of which uvicorn makes a new list every second."""
        pairs = self._server.default_headers
        if pairs is not self._dated[0]:
            self._dated = pairs, b"".join([b"%b: %b\r\n" % pair for pair in pairs])
        return self._dated[1]

    def _limit_head(self) -> None:
        too_large = self._size + self._unfinished > HEAD_MAX or self._count > FIELDS_MAX
        if too_large and not self._last:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LARGE)

    def _refuse(self, status: HTTPStatus, text: bytes) -> None:
        """Answer what can be no request, unless another is being answered, and close."""
        if not self._last and self._steps is None:
            head = b"content-type: text/plain\r\ncontent-length: %d\r\n" % len(text)
            end = b"connection: close\r\n\r\n"
            lines = [_STATUS_LINES[status], self._default_headers(), head, end, text]
            self._transport.write(b"".join(lines))
        self.shutdown()

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
