"""Waiting for many sockets from several threads: each event is for one thread, and only once."""

import select
import socket
import sys

if sys.platform == "linux":

    class Poller:
        """Linux' epoll. A socket that was waited for must be waited for anew."""

        def __init__(self) -> None:
            """Wait for nothing yet."""
            self._epoll = select.epoll()

        def wait_for(
            self, sock: socket.socket, *, to_send: bool = False, new: bool = False
        ) -> None:
            """Wait once until it can be read, or until it takes bytes `to_send`."""
            event = (select.EPOLLOUT if to_send else select.EPOLLIN) | select.EPOLLONESHOT
            (self._epoll.register if new else self._epoll.modify)(sock, event)

        def next(self, seconds: float | None) -> int | None:
            """The descriptor of one that is ready, within so many seconds."""
            for number, _ in self._epoll.poll(seconds, 1):
                return number
            return None

else:

    class Poller:
        """The same by the kqueue of macOS, where developers run the portal."""

        def __init__(self) -> None:
            """Wait for nothing yet."""
            self._queue = select.kqueue()

        def wait_for(
            self, sock: socket.socket, *, to_send: bool = False, new: bool = False
        ) -> None:
            """Wait once until it can be read, or until it takes bytes `to_send`."""
            event = select.KQ_FILTER_WRITE if to_send else select.KQ_FILTER_READ
            once = select.KQ_EV_ADD | select.KQ_EV_ONESHOT
            self._queue.control([select.kevent(sock, event, once)], 0)

        def next(self, seconds: float | None) -> int | None:
            """The descriptor of one that is ready, within so many seconds."""
            for event in self._queue.control(None, 1, seconds):
                return int(event.ident)
            return None
