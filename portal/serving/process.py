"""One worker: a process with a listening socket and threads of its own."""

import logging
import resource
import signal
import socket
import threading
import time
from types import FrameType

from portal.serving.threads import Limits, Server

CHECK_EVERY = 1.0
"""Seconds between two looks for connections whose time is over."""
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

    limits = Limits(
        connections=min(settings.CONNECTIONS, descriptors - RESERVED_DESCRIPTORS),
        # With proxies in front, all clients come from their addresses.
        of_one_site=None if settings.TRUSTED_PROXY_COUNT else settings.CONNECTIONS_PER_ADDRESS,
    )
    listener.listen(BACKLOG)
    _run_until_told(Server(application, listener, settings.THREADS, limits))


def _run_until_told(server: Server) -> None:
    """Answer until SIGTERM, then a moment longer, then no more."""
    told = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        server.leaving = True
        told.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server.start()
    logging.getLogger(__name__).info("Started worker")
    while not told.wait(CHECK_EVERY):
        server.end_late()
    time.sleep(LEAVING_SECONDS)
    server.stop_accepting()
    end = time.monotonic() + STOP_SECONDS
    while server.is_busy() and time.monotonic() < end:
        time.sleep(0.05)


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
