"""SIGTERM under load: every check that was taken is answered, whole."""

import threading
from pathlib import Path

import httpx
import pytest

from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.asking import PATIENCE, VERIFY, asked, passed, showing
from tests.busy_clients import stop_under_load
from tests.served_gateway import gateway_unit

SAID = 3
"""Connections that are told of the end: the first may have been there before it."""


@pytest.mark.django_db(transaction=True)
def test_it_breaks_no_answer_when_it_is_stopped_under_load(
    gl_key: CreatedKey, worker_database: str, tmp_path: Path
) -> None:
    headers = dict([*asked(), *showing(gl_key)])
    with gateway_unit(worker_database, tmp_path) as unit:
        clients = stop_under_load(unit.server, unit.url + VERIFY, headers)
    assert [client.broken for client in clients] == [[] for _ in clients]
    assert {status for client in clients for status in client.answers} == {200}


@pytest.mark.django_db(transaction=True)
def test_who_connects_while_it_ends_is_answered(
    gl_key: CreatedKey, worker_database: str, tmp_path: Path
) -> None:
    """Gateways open connections at any moment."""
    headers = [*asked(), *showing(gl_key)]
    with gateway_unit(worker_database, tmp_path) as unit:
        stopping = threading.Thread(target=unit.server.stop)
        stopping.start()
        said = 0
        while said < SAID:
            answer = httpx.get(unit.url + VERIFY, headers=headers, timeout=PATIENCE)
            assert passed(answer)
            said += answer.headers.get("connection") == "close"
        stopping.join()
