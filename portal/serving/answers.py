"""One answer: what the application says, as HTTP/1.1."""

from collections.abc import Callable, Iterable, Iterator
from time import gmtime, strftime, time
from typing import Any, BinaryIO

PIECE = 256 * 1024
"""Bytes of a file that are read at once."""
_WITHOUT_BODY = ("1", "204", "304")


class Pieces:
    """A file to be sent, read in larger pieces than Django's."""

    def __init__(self, file: BinaryIO, _size: int = 0) -> None:
        self._file = file
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._file.read(PIECE):
            yield piece


class Answer:
    """The answer to one request. `send` takes bytes, and raises OSError when the client is gone."""

    def __init__(
        self, environ: dict[str, Any], send: Callable[[bytes], None], *, is_last: bool
    ) -> None:
        self.is_last = is_last
        """Whether the connection ends with it."""
        self._environ = environ
        self._send = send
        self._head = b""
        self._begun = False
        self._chunked = False
        self._left: int | None = None
        self._bodyless = environ["REQUEST_METHOD"] == "HEAD"

    def give(self, application: Callable[..., Iterable[bytes]]) -> None:
        """Ask the application, and send what it says."""
        said = application(self._environ, self._start)
        try:
            for part in said:
                if part:
                    self._say(part)
            self._finish()
        finally:
            close = getattr(said, "close", None)
            if close is not None:
                close()

    def end_early(self) -> None:
        """The application failed: say so, or let the client see that something is missing."""
        self.is_last = True
        if not self._begun:
            self._start("500 Internal Server Error", [("Content-Length", "0")])
            self._finish()

    def _start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        if exc_info is not None and self._begun:
            raise exc_info[1]
        lines = [f"HTTP/1.1 {status}\r\n"]
        length = None
        for name, value in headers:
            lines.append(f"{name}: {value}\r\n")
            if name.lower() == "content-length":
                length = int(value)
        self._left = length
        if status.startswith(_WITHOUT_BODY):
            self._bodyless = True
        elif length is None and not self._bodyless:
            if self._environ["SERVER_PROTOCOL"] == "HTTP/1.1":
                self._chunked = True
                lines.append("Transfer-Encoding: chunked\r\n")
            else:
                self.is_last = True
        self._head = "".join(lines).encode("latin-1")
        return self._say

    def _say(self, part: bytes) -> None:
        if self._bodyless:
            return
        if self._left is not None:
            part = part[: self._left]
            self._left -= len(part)
        if self._chunked:
            part = b"%x\r\n%b\r\n" % (len(part), part)
        self._send(self._take_head() + part)

    def _take_head(self) -> bytes:
        """The head, once: it travels with the first bytes of the body."""
        if self._begun:
            return b""
        self._begun = True
        end = b"Connection: close\r\n\r\n" if self.is_last else b"\r\n"
        return self._head + date() + end

    def _finish(self) -> None:
        if self._left and not self._bodyless:
            self.is_last = True
        end = self._take_head()
        if self._chunked:
            end += b"0\r\n\r\n"
        if end:
            self._send(end)


_dated: tuple[int, bytes] = (0, b"")


def date() -> bytes:
    """The field Date (RFC 9110, 6.6.1), made once a second."""
    global _dated  # noqa: PLW0603
    now = int(time())
    if _dated[0] != now:
        _dated = now, strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime(now)).encode()
    return _dated[1]
