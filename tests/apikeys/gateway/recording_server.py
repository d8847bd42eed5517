"""A small HTTP server that remembers every request exactly as it came.

Python's own would lose what the tests ask about: header pairs in their order and spelling, and the
path before anybody tidied it. It stands in for the API behind a gateway, and for a check that
misbehaves.
"""

import json
import socketserver
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Self, cast


@dataclass(frozen=True, slots=True)
class Received:
    """One request; names and values as they stood on the wire."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def values(self, name: str) -> list[str]:
        """Every value that an upstream could take for the header `name`.

        Much software turns all but letters and digits into one sign, as CGI does.
        """
        return [value for given, value in self.headers if _folded(given) == _folded(name)]


type Answer = Callable[[Received], bytes]
"""What to answer, as it goes on the wire. An answer that is not whole ends the connection."""


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """Put an answer together."""
    fields = {"Content-Length": str(len(body))} | (headers or {})
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def echo(request: Received) -> bytes:
    """Answer 200 with the request as JSON, or with the status in a path like /answer/418."""
    shown = {"method": request.method, "target": request.target, "headers": request.headers}
    _, _, status = request.target.partition("/answer/")
    body = b"" if request.method == "HEAD" else json.dumps(shown).encode()
    return answer(int(status or 200), {"Content-Type": "application/json"}, body)


class RecordingServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of the loopback interface while it is entered."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answering: Answer = echo) -> None:
        """Listen; `answering` may be replaced at any time."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answering = answering
        self._received: list[Received] = []
        self._lock = Lock()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def __enter__(self) -> Self:
        """Serve in a thread."""
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.shutdown()
        self.server_close()

    def note(self, request: Received) -> None:
        """Remember a request."""
        with self._lock:
            self._received.append(request)

    def taken(self) -> list[Received]:
        """Return what came since the last look."""
        with self._lock:
            received, self._received = self._received, []
        return received


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast("RecordingServer", self.server)
        try:
            while (request := self._read()) is not None:
                server.note(request)
                said = server.answering(request)
                self.wfile.write(said)
                if b"Content-Length" not in said:
                    return
        except OSError:
            return  # the gateway went away, as it may

    def _read(self) -> Received | None:
        line = self.rfile.readline().decode("latin-1").rstrip("\r\n")
        if not line:
            return None
        # A target may hold spaces if a gateway let them through; neither end may.
        method, _, rest = line.partition(" ")
        target = rest.rpartition(" ")[0]
        headers = []
        while field := self.rfile.readline().decode("latin-1").rstrip("\r\n"):
            name, _, value = field.partition(":")
            headers.append((name, value.strip()))
        request = Received(method, target, tuple(headers))
        return Received(method, target, tuple(headers), self._body(request))

    def _body(self, request: Received) -> bytes:
        if "100-continue" in request.values("Expect"):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" not in request.values("Transfer-Encoding"):
            return self.rfile.read(int((request.values("Content-Length") or ["0"])[0]))
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return body


def _folded(name: str) -> str:
    return "".join(sign if sign.isalnum() else "_" for sign in name.upper())
