"""What strangers, and slow customers, do. Each lasts as long as its `with` block."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import httpx
import psycopg

ROUTES = (
    "/oauth/token",
    "/auth/token",
    "/oauth/introspect",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/v1/api-key/keys",
    "/api_keys/acct_0123456789ABCDEFGHIJ",
    "/ops/",
    "/docs/",
    "/",
    "/livez",
    "/no/such/page",
)
"""Of every kind: a slow body may come to any of them."""
REST_SECONDS = 0.5
HEADERS = (
    b"",
    b"Signature: a\r\n",
    b"Cookie: csrf=0123456789abcdef0123456789abcdef\r\n",
    b"Expect: 100-continue\r\n",
    b"Authorization: Bearer x\r\n",
)


type First = Callable[[int], bytes]
"""What the connection of this number sends first."""


@contextmanager
def connections(url: str, count: int, first: First) -> Iterator[list[socket.socket]]:
    """So many connections, each of which sends what `first` says and then nothing more."""
    where = urlsplit(url)
    with ExitStack() as held:
        opened = []
        for number in range(count):
            with suppress(OSError):  # the attacker does not care
                connection = socket.create_connection((where.hostname, where.port), timeout=30)
                opened.append(held.enter_context(connection))
                connection.sendall(first(number))
        yield opened


def slow_body(number: int) -> bytes:
    """The head of a request, and the first of a hundred bytes."""
    route, header = ROUTES[number % len(ROUTES)], HEADERS[number % len(HEADERS)]
    head = f"POST {route} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n".encode()
    kind = b"application/json" if number % 2 else b"application/x-www-form-urlencoded"
    return head + b"Content-Type: " + kind + b"\r\n" + header + b"\r\n{"


def slow_head(number: int) -> bytes:
    """The beginning of a head."""
    return f"GET {ROUTES[number % len(ROUTES)]} HTTP/1.1\r\nHost: 127".encode()


def nothing(_number: int) -> bytes:
    """Not a byte."""
    return b""


@contextmanager
def busy(count: int, work: Callable[[], object]) -> Iterator[None]:
    """So many threads that do `work` again and again, whatever becomes of it.

    They rest in between: who never does has the machine's cores, and what is measured is that.
    """
    ended = threading.Event()

    def go_on() -> None:
        while not ended.wait(REST_SECONDS):
            with suppress(httpx.HTTPError):
                work()

    threads = [threading.Thread(target=go_on, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


@contextmanager
def locked_row(superuser_url: str, table: str, pk: int) -> Iterator[None]:
    """Somebody's transaction that holds a row and does not end."""
    with psycopg.connect(superuser_url) as other:
        other.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", [pk])  # noqa: S608
        yield
        other.rollback()
