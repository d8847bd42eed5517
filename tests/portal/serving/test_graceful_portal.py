"""SIGTERM under load: the portal breaks no answer, and forgets no use that it has counted."""

from pathlib import Path

import pytest

from apikeys.models import KeyUseDay
from apikeys.services.keys import CreatedKey
from tests.busy_clients import stop_under_load
from tests.served_portal import portal_process


@pytest.mark.django_db(transaction=True)
def test_it_breaks_no_answer_and_forgets_no_use_when_it_is_stopped_under_load(
    payroll: CreatedKey, worker_database: str, tmp_path: Path
) -> None:
    headers = {"api-key": payroll.secret.text}
    with portal_process(worker_database, tmp_path) as portal:
        url = f"{portal.url}/v1/api-key/self"
        clients = stop_under_load(portal.server, url, headers)
    assert [client.broken for client in clients] == [[] for _ in clients]
    answers = [status for client in clients for status in client.answers]
    assert set(answers) == {200}
    assert sum(KeyUseDay.objects.values_list("accepted", flat=True)) == len(answers)
