"""A request has so long to arrive, whatever comes of it meanwhile."""

import socket
import threading
from contextlib import suppress

from portal.serving.connections import LEAST_RATE, REQUEST_SECONDS, Connection
from tests.attacks import attackers
from tests.attacks.good_client import PATIENCE
from tests.served_portal import ServedPortal

TRICKLE_SECONDS = 0.5


def said_until_closed(connection: socket.socket) -> bytes:
    """All that the server says before it ends the connection."""
    connection.settimeout(PATIENCE)
    said = b""
    with suppress(ConnectionResetError):  # there may be a byte on its way
        while piece := connection.recv(1024):
            said += piece
    return said


def trickle(connections: list[socket.socket], ended: threading.Event) -> None:
    """Send a byte to each, again and again: none of them is ever silent for long."""
    while not ended.wait(TRICKLE_SECONDS):
        for connection in connections:
            with suppress(OSError):
                connection.sendall(b"1")


def heads_and_bodies(number: int) -> bytes:
    """A slow head or body, on every route, with and without a credential."""
    return (attackers.slow_head if number % 2 else attackers.slow_body)(number // 2)


def test_what_does_not_arrive_in_time_is_told_so_and_ended(served_portal: ServedPortal) -> None:
    """Whether it is silent or sends a byte now and then."""
    kinds = 2 * len(attackers.ROUTES) * len(attackers.HEADERS)
    ended = threading.Event()
    with attackers.connections(served_portal.url, kinds, heads_and_bodies) as opened:
        trickling = threading.Thread(target=trickle, args=[opened[: kinds // 2], ended])
        trickling.start()
        try:
            said = {said_until_closed(connection).split(b"\r\n")[0] for connection in opened}
        finally:
            ended.set()
            trickling.join()
    assert said <= {b"HTTP/1.1 408 Request Timeout", b"HTTP/1.1 100 Continue"}


def test_a_connection_without_a_byte_is_ended(served_portal: ServedPortal) -> None:
    with attackers.connections(served_portal.url, 2, attackers.nothing) as opened:
        assert {said_until_closed(connection) for connection in opened} == {b""}


def test_a_larger_request_has_more_time() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n".ljust(LEAST_RATE, b"a"))
        connection = Connection(ours, ("127.0.0.1", 1))
        assert connection.go_on()
        assert connection.waits_until == connection.since + REQUEST_SECONDS + 1
