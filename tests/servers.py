"""Servers of a test run: the ports that they may listen on, and what they said when they failed."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from portal.launcher.server import Server, ServerFailed

PORTS = range(20_000, 32_768)
"""Below those that Linux and macOS give out by themselves."""
SAID_CHARACTERS = 3000

_claims: list[socket.socket] = []


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses, and no test of this machine will.

    A server listens seconds after its port was chosen. Meanwhile the kernel would give out a port
    of its own range again: to anybody who asks for one, and to any connection outwards. The same
    number for UDP is the claim that other runs see; it lasts until this process ends.
    """
    for _ in PORTS:
        port = secrets.choice(PORTS)
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
            with socket.create_server(("127.0.0.1", port)):
                pass
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return port
    msg = f"No port from {PORTS.start} to {PORTS.stop - 1} is free."
    raise OSError(msg)


@contextmanager
def serving(server: Server) -> Iterator[None]:
    """Run a server; one that does not start fails the test with the end of its log."""
    try:
        server.start()
    except ServerFailed as error:
        error.add_note(server.log.read_text(errors="replace")[-SAID_CHARACTERS:])
        raise
    try:
        yield
    finally:
        server.stop()
