"""SIGTERM under load: every request that was taken is answered, whole."""

import threading
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from apikeys.services.keys import CreatedKey
from tests.served_gateway import ServedGateway, gateway_unit

CLIENTS = 8
EACH = 200
"""Checks that each client has had answered before the unit is stopped."""
PATIENCE = 30
"""Seconds after which an answer that should have come counts as lost."""


class Client(threading.Thread):
    """Asks on one connection, on and on, until the unit says that it closes it."""

    def __init__(self, unit: ServedGateway, key: CreatedKey, warm: threading.Semaphore) -> None:
        super().__init__(daemon=True)
        self.answers: list[int] = []
        self.broken: list[BaseException] = []
        self._address = urlsplit(unit.url).netloc
        self._key = key
        self._warm = warm

    def run(self) -> None:
        """Ask."""
        connection = HTTPConnection(self._address, timeout=PATIENCE)
        headers = {
            "api-key": self._key.secret.text,
            "X-Original-Method": "GET",
            "X-Original-URI": "/payments",
        }
        closing = False
        while not closing:
            try:
                connection.request("GET", "/gateway/verify", headers=headers)
                answer = connection.getresponse()
                answer.read()
            except (HTTPException, OSError) as broken:
                self.broken.append(broken)
                return
            self.answers.append(answer.status)
            closing = answer.will_close
            if len(self.answers) == EACH:
                self._warm.release()


@pytest.mark.django_db(transaction=True)
def test_it_breaks_no_answer_when_it_is_stopped_under_load(
    gl_key: CreatedKey, worker_database: str, tmp_path: Path
) -> None:
    warm = threading.Semaphore(0)
    with gateway_unit(worker_database, tmp_path) as unit:
        clients = [Client(unit, gl_key, warm) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for _ in clients:
            assert warm.acquire(timeout=PATIENCE)
        unit.server.stop()
        for client in clients:
            client.join(PATIENCE)
    assert [client.broken for client in clients] == [[]] * CLIENTS
    assert all(set(client.answers) == {200} for client in clients)
