"""HTTP requests exactly as written: duplicates, odd names and untidy paths that clients tidy up."""

import socket
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Self

SECONDS = 10
"""How long an answer may take on a busy machine."""

NO_ANSWER = 0
"""Stands for a status when the other side hung up, or took too long."""

type Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answered:
    """What the caller gets."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for given, value in self.headers if given.lower() == name.lower()]


class Caller:
    """One connection to a gateway, kept open over requests."""

    def __init__(self, port: int, source: str = "127.0.0.1", patience: float = SECONDS) -> None:
        """Connect from the address `source`; give up on an answer after `patience` seconds."""
        self._socket = socket.create_connection(("127.0.0.1", port), patience, (source, 0))

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._socket.close()

    def ask(
        self, method: str, target: str, headers: Pairs = (), body: bytes | None = None
    ) -> Answered:
        """Send one request and read its answer."""
        fields = [("Host", "api.example.com"), *headers]
        if body is not None:
            fields.append(("Content-Length", str(len(body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        request = f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + (body or b"")
        return self.send(request, method)

    def send(self, request: bytes, method: str = "GET") -> Answered:
        """Send bytes and read one answer."""
        with closing(HTTPResponse(self._socket, method=method)) as response:
            try:
                self._socket.sendall(request)
                response.begin()
                headers = tuple(response.getheaders())
                return Answered(response.status, headers, response.read())
            except (ConnectionError, TimeoutError):
                return Answered(NO_ANSWER, (), b"")


def ask(
    port: int,
    method: str,
    target: str,
    headers: Pairs = (),
    body: bytes | None = None,
) -> Answered:
    """Send one request on a connection of its own."""
    with Caller(port) as caller:
        return caller.ask(method, target, headers, body)
