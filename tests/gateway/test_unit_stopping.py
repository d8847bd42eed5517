"""SIGTERM under load: every check that was taken is answered, whole."""

from pathlib import Path

import pytest

from apikeys.services.keys import CreatedKey
from tests.busy_clients import stop_under_load
from tests.gateway.asking import VERIFY, asked, showing
from tests.served_gateway import gateway_unit


@pytest.mark.django_db(transaction=True)
def test_it_breaks_no_answer_when_it_is_stopped_under_load(
    gl_key: CreatedKey, worker_database: str, tmp_path: Path
) -> None:
    headers = dict([*asked(), *showing(gl_key)])
    with gateway_unit(worker_database, tmp_path) as unit:
        clients = stop_under_load(unit.server, unit.url + VERIFY, headers)
    assert [client.broken for client in clients] == [[] for _ in clients]
    assert {status for client in clients for status in client.answers} == {200}
