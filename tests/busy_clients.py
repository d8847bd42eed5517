"""Clients that ask on and on, each on one connection, while their server is told to end."""

import threading
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from portal.launcher.server import Server

CLIENTS = 8
EACH = 200
"""Answers that each client has had before the server is told to end."""
PATIENCE = 30
"""Seconds after which an answer that should have come counts as lost."""


class BusyClient(threading.Thread):
    """Asks until the server says that it closes the connection."""

    def __init__(self, url: str, headers: Mapping[str, str], warm: threading.Semaphore) -> None:
        super().__init__(daemon=True)
        self.answers: list[int] = []
        self.broken: list[BaseException] = []
        self._url = urlsplit(url)
        self._headers = dict(headers)
        self._warm = warm

    def run(self) -> None:
        """Ask."""
        connection = HTTPConnection(self._url.netloc, timeout=PATIENCE)
        closing = False
        while not closing:
            try:
                connection.request("GET", self._url.path, headers=self._headers)
                answer = connection.getresponse()
                answer.read()
            except (HTTPException, OSError) as broken:
                self.broken.append(broken)
                return
            self.answers.append(answer.status)
            closing = answer.will_close
            if len(self.answers) == EACH:
                self._warm.release()


def stop_under_load(server: Server, url: str, headers: Mapping[str, str]) -> Sequence[BusyClient]:
    """Stop the server while clients ask for `url`; return them when all have ended."""
    warm = threading.Semaphore(0)
    clients = [BusyClient(url, headers, warm) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for _ in clients:
        assert warm.acquire(timeout=PATIENCE)
    server.stop()
    for client in clients:
        client.join(PATIENCE)
    return clients
