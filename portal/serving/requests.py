"""A request as it arrives: llhttp reads it. What is too large, or cannot be read, is refused."""

from collections import deque
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

import httptools

HEAD_MAX = 128 * 1024
"""Bytes of a request's target and header fields together."""
FIELDS_MAX = 256
"""Header fields of a request."""
BODY_MAX = 128 * 1024
"""Bytes; more than any form or program of ours sends. `DATA_UPLOAD_MAX_MEMORY_SIZE` is the same."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_OWN_NAMES = {b"content-length": "CONTENT_LENGTH", b"content-type": "CONTENT_TYPE"}
_REFUSALS = {
    HTTPStatus.BAD_REQUEST: b"This is not an HTTP/1.1 request.\n",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: b"Send at most %d header fields and %d bytes.\n"
    % (FIELDS_MAX, HEAD_MAX),
    HTTPStatus.REQUEST_TIMEOUT: b"The request did not arrive in time.\n",
}


def refusal(status: HTTPStatus) -> bytes:
    """The last answer of a connection, to bytes that the application cannot answer."""
    text = _REFUSALS[status]
    return (
        b"HTTP/1.1 %d %b\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Length: %d\r\n\r\n%b"
    ) % (status, status.phrase.encode(), len(text), text)


class Refused(Exception):
    """The bytes are not a request that the application can answer."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Request:
    """One whole request."""

    __slots__ = ("body", "fields", "method", "target", "version")

    method: str
    version: str

    def __init__(self) -> None:
        self.target = b""
        self.fields: list[tuple[bytes, bytes]] = []
        self.body = b""

    @property
    def path(self) -> bytes:
        """The target's path as it came, without the query and an absolute target's host."""
        path = self.target.partition(b"?")[0]
        if not path.startswith(b"/"):  # RFC 9112, 3.2.2
            scheme, _, rest = path.partition(b"://")
            path = b"/" + rest.partition(b"/")[2] if rest and b"/" not in scheme else path
        return path

    @property
    def _sent(self) -> bytes:
        """Path and query as they came, also an empty query; for who signed them (RFC 9421)."""
        _, mark, query = self.target.partition(b"#")[0].partition(b"?")
        return self.path + mark + query

    def environ(self) -> dict[str, Any]:
        """WSGI's part of the request (PEP 3333), without what only the connection knows.

        A name with an underscore would look the same as one with a dash, which proxies guard: such
        fields are left out.
        """
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": "/" + unquote_to_bytes(self.path).decode("latin-1").lstrip("/"),
            "REQUEST_URI": self._sent.decode("latin-1"),
            "QUERY_STRING": self.target.partition(b"?")[2].partition(b"#")[0].decode("latin-1"),
            "SERVER_PROTOCOL": f"HTTP/{self.version}",
            "wsgi.input": BytesIO(self.body),
        }
        for name, value in self.fields:
            if b"_" in name:
                continue
            lower = name.lower()
            key = _OWN_NAMES.get(lower)
            if key is None:
                key = "HTTP_" + lower.decode("latin-1").upper().replace("-", "_")
            text = value.decode("latin-1")
            if key in environ:
                text = f"{environ[key]}{'; ' if lower == b'cookie' else ', '}{text}"
            environ[key] = text
        return environ


class Reader:
    """Reads what a connection receives; `whole` has the requests that are complete."""

    def __init__(self) -> None:
        self.whole: deque[Request] = deque()
        self.received = 0
        """Bytes of the request that is on its way."""
        self.continue_expected = False
        """Whether the client waits for leave to send a body that we want."""
        self.ended = False
        """Whether what still comes belongs to no request."""
        self._parser = self._new_parser()
        self._request = Request()
        self._in_head = False
        self._too_large = False  # a head

    def feed(self, data: bytes) -> None:
        """Take some bytes. Raises Refused."""
        self.received += len(data)
        try:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                self._read_without_upgrade()
                self._parser.feed_data(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            if not self.ended:
                raise Refused(HTTPStatus.BAD_REQUEST) from None
        if self._too_large or (self._in_head and self.received > HEAD_MAX):
            raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # What follows a request that wants the connection closed is passed over without an error.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def _read_without_upgrade(self) -> None:
        """Read the head again without the offer to leave HTTP/1.1 (RFC 9110, 7.8).

        Java's client makes one with its first request. The parser would not read the body.
        """
        request, method = self._request, self._parser.get_method()
        if method == b"CONNECT":
            raise Refused(HTTPStatus.BAD_REQUEST)
        fields = [field for field in request.fields if field[0].lower() != b"upgrade"]
        head = b"%b %b HTTP/1.1\r\n" % (method, request.target)
        self._parser = self._new_parser()
        self._parser.feed_data(head + b"".join(b"%b: %b\r\n" % field for field in fields) + b"\r\n")

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A request begins."""
        if not self.ended:
            self._request, self._in_head = Request(), True
            self.received = self.received or 1  # it came together with the end of another

    def on_url(self, part: bytes) -> None:
        """Some of the target."""
        self._request.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field; a trailer, which comes after the body, is none (RFC 9110, 6.5)."""
        if self._in_head:
            self._request.fields.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is complete. A too large body is not read: the application refuses it."""
        if self.ended or self._parser.should_upgrade():
            return
        self._in_head = False
        fields = self._request.fields
        size = len(self._request.target) + sum(len(name) + len(value) for name, value in fields)
        if size > HEAD_MAX or len(fields) > FIELDS_MAX:
            self.ended = self._too_large = True
            return
        length = next((value for name, value in fields if name.lower() == b"content-length"), b"0")
        if int(length) > BODY_MAX:
            self._end_here(length)
            return
        self.continue_expected = any(
            name.lower() == b"expect" and value.lower() == b"100-continue" for name, value in fields
        )

    def on_body(self, part: bytes) -> None:
        """Some of the body."""
        if self.ended:
            return
        self._request.body += part
        if len(self._request.body) > BODY_MAX:
            self._request.body = b""
            self._end_here(b"%d" % (BODY_MAX + 1))

    def on_message_complete(self) -> None:
        """The request is complete."""
        if not self.ended and not self._parser.should_upgrade():
            self._finish(is_last=not self._parser.should_keep_alive())

    def _end_here(self, length: bytes) -> None:
        self.ended = True
        self._set_length(length)
        self._finish(is_last=True)

    def _set_length(self, length: bytes) -> None:
        dropped = (b"content-length", b"transfer-encoding")
        fields = [field for field in self._request.fields if field[0].lower() not in dropped]
        self._request.fields = [*fields, (b"Content-Length", length)]

    def _finish(self, *, is_last: bool) -> None:
        request, parser = self._request, self._parser
        request.method = parser.get_method().decode()
        request.version = parser.get_http_version()
        self.ended = self.ended or is_last or request.version != "1.1"
        self.received, self.continue_expected = 0, False
        if any(name.lower() == b"transfer-encoding" for name, _ in request.fields):
            self._set_length(b"%d" % len(request.body))
        self.whole.append(request)
