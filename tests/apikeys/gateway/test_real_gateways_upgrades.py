"""No gateway lets a connection change its protocol, except on the paths that are open for that."""

import json
from collections.abc import Iterator

import pytest

from apikeys.gateway.original import Family
from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.raw_http import Answered, Pairs, ask
from tests.apikeys.gateway.real_gateways import DoubtfulGateway, Gateway
from tests.apikeys.gateway.recording_server import Received, RecordingServer, echo

WEBSOCKET = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
]
ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
OTHER_WAYS = [
    [("Connection", "keep-alive, upgrade"), ("Upgrade", "WebSocket")],
    [("Connection", "Upgrade, X-Forwarded-Upgrade"), ("Upgrade", "websocket")],
    [("Connection", "Upgrade"), ("Connection", "Upgrade"), ("Upgrade", "websocket")],
    [("Connection", "Upgrade"), ("Upgrade", ""), ("Upgrade", "websocket")],
    [("Connection", "Upgrade"), ("Upgrade", "TLS/1.3")],
    [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")],
    [("Connection", "Upgrade"), ("Upgrade", "h2c, websocket")],
    [("Upgrade", "websocket")],
]


def accept(request: Received) -> bytes:
    """As an API answers that speaks WebSocket."""
    wanted = request.values("Upgrade") + request.values("Connection")
    return ACCEPTED if "upgrade" in str(wanted).lower() else echo(request)


@pytest.fixture
def api(upstream: RecordingServer) -> Iterator[RecordingServer]:
    """The API, which begins a WebSocket with whoever asks."""
    upstream.answering = accept
    yield upstream
    upstream.answering = echo


def asking(gateway: Gateway, key: CreatedKey, target: str, headers: Pairs) -> Answered:
    return ask(gateway.port, "GET", target, [("api-key", key.secret.text), *headers])


def assert_refused(answered: Answered) -> None:
    assert (answered.status, answered.values("X-Auth-Error")) == (403, ["upgrade_refused"])
    assert answered.values("Content-Type") == ["application/problem+json"]
    assert answered.values("Cache-Control") == ["no-store"]
    problem = json.loads(answered.body)
    assert (problem["status"], problem["code"]) == (403, "upgrade_refused")
    assert "without Upgrade" in problem["detail"]
    assert [problem["request_id"]] == answered.values("X-Request-Id")


def test_a_websocket_is_refused_and_the_caller_learns_why(
    gateway: Gateway, api: RecordingServer, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    for key in (payroll, admin_key):
        assert_refused(asking(gateway, key, "/orders", WEBSOCKET))
        assert_refused(asking(gateway, key, "/sockets/../orders", WEBSOCKET))
    assert api.taken() == []


@pytest.mark.parametrize("headers", OTHER_WAYS, ids=str)
def test_no_other_way_of_asking_changes_the_protocol(
    gateway: Gateway, api: RecordingServer, admin_key: CreatedKey, headers: list[tuple[str, str]]
) -> None:
    """A gateway that itself ignores what is asked lets the request pass as plain HTTP."""
    answered = asking(gateway, admin_key, "/orders", headers)
    if answered.status != 200:
        assert_refused(answered)
    assert len(api.taken()) == (answered.status == 200)


def test_a_websocket_begins_on_a_path_that_is_open_for_it(
    gateway: Gateway, api: RecordingServer, payroll: CreatedKey
) -> None:
    assert asking(gateway, payroll, "/sockets/7", WEBSOCKET).status == 101
    [request] = api.taken()
    assert request.values("X-Client-Id") == [payroll.key.client_id]
    assert request.values("Sec-WebSocket-Key") == ["dGhlIHNhbXBsZSBub25jZQ=="]
    assert payroll.secret.text not in repr(request)
    assert request.values("X-Forwarded-Upgrade") == []


def test_only_a_key_that_passes_begins_one(gateway: Gateway, api: RecordingServer) -> None:
    answered = ask(gateway.port, "GET", "/sockets/7", WEBSOCKET)
    assert (answered.status, answered.values("X-Auth-Error")) == (401, ["credential_missing"])
    assert api.taken() == []


def test_none_begins_where_no_key_is_asked_for(
    doubtful_gateway: DoubtfulGateway, api: RecordingServer
) -> None:
    answered = ask(doubtful_gateway.port, "GET", "/open/door", WEBSOCKET)
    if doubtful_gateway.family == Family.ENVOY:
        assert_refused(answered)
    else:  # which ignore what was asked
        assert answered.status == 200
    assert len(api.taken()) == (answered.status == 200)
