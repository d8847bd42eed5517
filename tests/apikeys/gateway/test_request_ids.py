"""Each check has an id of the unit's own; the id that the gateway passed on is kept beside it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import AuditEvent
from apikeys.events import KeyEvent
from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.asking import asked, check, refused, showing
from tests.apikeys.gateway.raw_http import ask
from tests.apikeys.gateway.real_gateways import DoubtfulGateway, Gateway
from tests.apikeys.gateway.recording_server import answer
from tests.served_gateway import ServedGateway, gateway_unit

GIVEN = "0123abcd-from.nginx:1"
NONE_AT_ALL = [["short"], ["a" * 65], ["not an id!"], ["a" * 16, "b" * 16], []]


def with_ids(*ids: str) -> list[tuple[str, str]]:
    """What nginx asks with, and these ids."""
    return [*asked(), *(("X-Request-Id", each) for each in ids)]


def is_ours(request_id: str) -> bool:
    """Whether it is 128 bits in hexadecimal."""
    return len(request_id) == 32 and set(request_id) <= set("0123456789abcdef")


@pytest.mark.parametrize("ids", [[GIVEN], *NONE_AT_ALL])
def test_nobody_chooses_the_id_of_a_check(
    ids: list[str], served_gateway: ServedGateway, payroll: CreatedKey
) -> None:
    passing = check(served_gateway, [*with_ids(*ids), *showing(payroll)])
    refusing = check(served_gateway, with_ids(*ids))
    refused(refusing, 401, "credential_missing")  # whose problem names the same id
    seen = [each.headers["x-request-id"] for each in (passing, refusing)]
    assert all(map(is_ours, seen))
    assert len({*seen, *ids}) == 2 + len(set(ids))


@pytest.fixture
def unit(worker_database: str, tmp_path: Path, transactional_db: None) -> Iterator[ServedGateway]:
    """A unit of the test's own, whose log nobody else writes to."""
    with gateway_unit(worker_database, tmp_path, workers=1) as unit:
        yield unit


def refusals(unit: ServedGateway) -> list[dict[str, Any]]:
    """What the unit has logged of checks that it refused."""
    lines = unit.log.read_text().splitlines()
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    return [line for line in logged if line["event"] == "gateway_refused"]


def test_the_log_keeps_both_ids(unit: ServedGateway) -> None:
    answered = check(unit, with_ids(GIVEN))
    [line] = refusals(unit)
    assert line["caller_request_id"] == GIVEN
    assert line["request_id"] == answered.headers["x-request-id"]


@pytest.mark.parametrize("ids", NONE_AT_ALL)
def test_the_log_keeps_no_id_that_is_none(ids: list[str], unit: ServedGateway) -> None:
    check(unit, with_ids(*ids))
    [line] = refusals(unit)
    assert line["caller_request_id"] == ""
    assert is_ours(line["request_id"])


def test_the_trail_names_the_units_id(
    admin_key: CreatedKey, worker_database: str, tmp_path: Path, transactional_db: None
) -> None:
    target = f"/payments?key={admin_key.secret.text}"
    with gateway_unit(worker_database, tmp_path) as unit:
        headers = [*asked("GET", target), ("X-Request-Id", GIVEN)]
        problem = refused(check(unit, headers), 401, "credential_in_url")
    # It writes before it ends.
    assert AuditEvent.objects.get(event=KeyEvent.SECRET_IN_URL).request_id == problem["request_id"]


def test_api_and_caller_learn_the_same_id_through_each_gateway(
    doubtful_gateway: DoubtfulGateway,
) -> None:
    """The check's own: it stands in the unit's log, beside the gateway's or the client's."""
    doubtful_gateway.check.answering = lambda _: answer(200, {"X-Request-Id": "of-the-check"})
    own = [("X-Request-Id", GIVEN), ("api-key", "k")]
    assert ask(doubtful_gateway.port, "GET", "/orders", own).status == 200
    [request] = doubtful_gateway.upstream.taken()
    assert request.values("X-Request-Id") == ["of-the-check"]
    refusal = answer(403, {"X-Request-Id": "of-the-check", "X-Auth-Error": "permission_denied"})
    doubtful_gateway.check.answering = lambda _: refusal
    answered = ask(doubtful_gateway.port, "GET", "/orders", own)
    assert answered.values("X-Request-Id") == ["of-the-check"]


def test_each_gateway_passes_on_an_id_for_the_log(doubtful_gateway: DoubtfulGateway) -> None:
    assert ask(doubtful_gateway.port, "GET", "/orders", [("X-Request-Id", GIVEN)]).status == 200
    [asking] = doubtful_gateway.check.taken()
    assert len(asking.values("X-Request-Id")) == 1


def test_no_client_names_its_own_request_to_the_api(gateway: Gateway, gl_key: CreatedKey) -> None:
    own = [("X-Request-Id", GIVEN), ("api-key", gl_key.secret.text)]
    assert ask(gateway.port, "GET", "/orders", own).status == 200
    [request] = gateway.upstream.taken()
    [seen] = request.values("X-Request-Id")
    assert is_ours(seen)
