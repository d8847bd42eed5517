"""The portal's server in this process, with an application that tells what it was asked."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from portal.serving.threads import Limits, Server

PATIENCE = 30.0
MEGABYTE = 1024 * 1024
THREADS = 3


def echo(environ: dict[str, object], start_response: Callable[..., object]) -> Iterator[bytes]:
    """An application: /large has eight megabytes, /endless no length, /fails fails, others echo."""
    path = environ["PATH_INFO"]
    if path == "/fails":
        raise ValueError
    if path == "/large":
        start_response("200 OK", [("Content-Length", str(8 * MEGABYTE))])
        yield from (b"%d" % (number % 10) * MEGABYTE for number in range(8))
        return
    if path == "/breaks":
        start_response("200 OK", [("Content-Length", "100")])
        yield b"half"
        raise ValueError
    body = environ.pop("wsgi.input").read()  # type: ignore[attr-defined]
    told = {name: value for name, value in environ.items() if isinstance(value, str)}
    said = json.dumps(told | {"body": body.decode()}).encode()
    length = [] if path == "/unmeasured" else [("Content-Length", str(len(said)))]
    start_response("200 OK", length)
    yield said


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[str, int]]]:
    """Serve an application from threads of this process; its address."""
    servers: list[Server] = []

    def start(application: Callable[..., object] = echo, **limits: int) -> tuple[str, int]:
        listener = socket.create_server(("127.0.0.1", 0))
        server = Server(
            application,  # type: ignore[arg-type]
            listener,
            THREADS,
            Limits(limits.get("connections", 100), limits.get("of_one_site")),
        )
        server.start()
        servers.append(server)
        address: tuple[str, int] = listener.getsockname()
        return address

    yield start
    for server in servers:
        server.stop_accepting()


@pytest.fixture
def say(serve: Callable[..., tuple[str, int]]) -> Callable[[bytes], bytes]:
    """Send some bytes; all that is answered until the end."""
    address = serve()

    def say(data: bytes) -> bytes:
        with closing(socket.create_connection(address, PATIENCE)) as connection:
            connection.sendall(data)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            return answer

    return say
