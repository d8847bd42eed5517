"""One worker: a process with a listening socket and threads of its own."""

import logging
import resource
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType

from waitress import wasyncore
from waitress.adjustments import Adjustments

from portal.serving.connections import BODY_MAX, HEAD_MAX, Channel, Limits, Server

BACKLOG = 1024
"""Connections that may wait to be taken; beyond it the kernel lets clients retry."""
LEAVING_SECONDS = 1.0
"""How long a worker that is told to end goes on: nearly every connection ends with an answer then.

A connection that rests for longer is closed without a word.
"""
STOP_SECONDS = 20.0
"""Until requests that are still being answered are given up: the database ends statements at 15."""
RESERVED_DESCRIPTORS = 100
"""For the database, the log, files: not for connections of clients."""


def serve(host: str, port: int) -> None:
    """Serve the portal until SIGTERM. Each worker has a socket of its own for the same port.

    A socket that workers share would let one of them take all connections.
    """
    descriptors = _raise_descriptors()
    listener = _listen(host, port)
    from django.conf import settings  # noqa: PLC0415  # the parent knows nothing of the application

    from portal.wsgi import application  # noqa: PLC0415

    adjustments = Adjustments(
        threads=settings.THREADS,
        ident=None,
        max_request_header_size=HEAD_MAX,
        max_request_body_size=BODY_MAX + 1,
        clear_untrusted_proxy_headers=False,
        log_socket_errors=False,
        sockets=[listener],
    )
    limits = Limits(
        connections=min(settings.CONNECTIONS, descriptors - RESERVED_DESCRIPTORS),
        # With proxies in front, all clients come from their addresses.
        of_one_site=None if settings.TRUSTED_PROXY_COUNT else settings.CONNECTIONS_PER_ADDRESS,
    )
    listener.listen(BACKLOG)
    _run_until_told(Server(application, listener, adjustments, limits))


def _run_until_told(server: Server) -> None:
    """Answer until SIGTERM, then a moment longer, then no more."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        server.leaving = True
        server.pull_trigger()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger(__name__).info("Started worker")
    while not server.leaving:
        wasyncore.poll2(1.0, server._map)
    _go_on(server, LEAVING_SECONDS, lambda: True)
    server.stop_accepting()
    _go_on(server, STOP_SECONDS, lambda: any(map(_is_busy, server.active_channels.values())))


def _go_on(server: Server, seconds: float, there_is_work: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and there_is_work():
        wasyncore.poll2(0.05, server._map)


def _is_busy(channel: Channel) -> bool:
    return channel.is_serving or channel.began is not None


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6 and host == "::":
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(address)
    return listener


def _raise_descriptors() -> int:
    """Allow this process as many descriptors as it may have; their number."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most
