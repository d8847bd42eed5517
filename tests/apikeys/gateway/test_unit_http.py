"""The unit's HTTP: requests in any pieces, answered in their order; what is none is refused."""

import asyncio
import random
import re
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from apikeys.gateway import http
from apikeys.gateway.check import Verdict
from apikeys.gateway.http import FIELDS_MAX, HEAD_MAX, CheckProtocol
from apikeys.gateway.steps import Question, Steps
from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.asking import VERIFY
from tests.served_gateway import ServedGateway

PATIENCE = 30
"""Seconds after which an answer that should have come counts as lost."""
UNLIKE = random.Random(1).choices(range(6), k=600)  # noqa: S311  # an order that no mistake keeps
LIVE = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


def check(key: CreatedKey, *lines: str, line: str = f"GET {VERIFY}") -> bytes:
    """A check as nginx sends it."""
    head = [
        f"{line} HTTP/1.1",
        "Host: x",
        "X-Original-Method: GET",
        "X-Original-URI: /payments",
        f"api-key: {key.secret.text}",
        *lines,
    ]
    return "".join(f"{each}\r\n" for each in [*head, ""]).encode()


def connect(unit: ServedGateway) -> socket.socket:
    host, port = unit.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), PATIENCE)


def until_closed(connection: socket.socket) -> bytes:
    """Everything that still comes; the unit must end the connection."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionResetError:  # it closed with bytes of ours unread
        pass
    return found


def exchange(unit: ServedGateway, *parts: bytes) -> bytes:
    """What the unit says to this, until it closes."""
    with connect(unit) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            connection.sendall(part)
        return until_closed(connection)


def statuses(answers: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"(?:^|\n|\})HTTP/1\.1 (\d+)", answers)]


def test_it_answers_pipelined_requests_in_their_order(
    served_gateway: ServedGateway, payroll: CreatedKey, gl_key: CreatedKey, admin_key: CreatedKey
) -> None:
    keys = [(payroll, gl_key, admin_key)[each % 3] for each in UNLIKE]
    last = check(keys[-1], "Connection: close")
    answers = exchange(served_gateway, b"".join(map(check, keys)) + last)
    assert statuses(answers) == [200] * (len(keys) + 1)
    names = re.findall(rb"x-client-id: (\w+)", answers)
    assert names == [key.key.client_id.encode() for key in [*keys, keys[-1]]]


def test_it_answers_what_needs_no_look_in_its_turn(
    served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    bad = b"GET " + VERIFY.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    other = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    once = check(gl_key) + bad + LIVE + other + check(gl_key)
    answers = exchange(served_gateway, once * 20 + check(gl_key, "Connection: close"))
    assert statuses(answers) == [200, 403, 200, 404, 200] * 20 + [200]


def test_it_keeps_the_order_over_many_refusals(
    served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    """Which need no look, behind one that does."""
    two = check(gl_key, "api-key: a"), 401, b"multiple_credentials"
    unclear = check(gl_key, "X-Original-Method: GET"), 403, b"gateway_unclear"
    bad = [(two, unclear)[each % 2] for each in UNLIKE]
    strange = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    between = b"".join(request + strange for request, _, _ in bad)
    answers = exchange(served_gateway, check(gl_key) + between + check(gl_key, "Connection: close"))
    each = [status for _, refused, _ in bad for status in (refused, 404)]
    assert statuses(answers) == [200, *each, 200]
    assert re.findall(rb"x-auth-error: (\w+)", answers) == [code for _, _, code in bad]


def test_it_takes_a_request_in_any_pieces(
    served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    request = check(gl_key, "Connection: close")
    answers = exchange(served_gateway, *(request[n : n + 1] for n in range(len(request))))
    assert statuses(answers) == [200]
    assert gl_key.key.client_id.encode() in answers


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 11\r\n\r\nhello world",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\napi-key: x\r\n\r\n",
    ],
)
def test_it_passes_over_bodies(
    body: bytes, served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    request = check(gl_key, line=f"POST {VERIFY}/payments")[:-2] + body
    answers = exchange(served_gateway, request * 3, check(gl_key, "Connection: close"))
    assert statuses(answers) == [200] * 4


def test_it_gives_leave_to_send_a_body(served_gateway: ServedGateway, gl_key: CreatedKey) -> None:
    lines = ("Expect: 100-Continue", "Content-Length: 2", "Connection: close")
    with connect(served_gateway) as connection:
        connection.sendall(check(gl_key, *lines, line=f"POST {VERIFY}"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert statuses(until_closed(connection)) == [200]


def test_it_sends_no_body_to_head(served_gateway: ServedGateway, gl_key: CreatedKey) -> None:
    request = check(gl_key, "api-key: a", "Connection: close", line=f"HEAD {VERIFY}")
    answers = exchange(served_gateway, request)
    assert statuses(answers) == [401]
    head, _, body = answers.partition(b"\r\n\r\n")
    assert body == b""
    assert re.search(rb"content-length: [1-9]\d+", head)


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1\r\nConnection: close"])
def test_it_closes_where_the_client_wants_it(
    version: str, served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    request = check(gl_key).replace(b"HTTP/1.1", version.encode(), 1)
    answers = exchange(served_gateway, request + check(gl_key))
    assert statuses(answers) == [200]
    assert b"connection: close" in answers


def test_it_answers_a_wish_for_another_protocol_and_closes(
    served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    for key in (gl_key.secret.text, "x"):
        request = check(gl_key, "Upgrade: websocket", "Connection: Upgrade")
        request = request.replace(gl_key.secret.text.encode(), key.encode())
        answers = exchange(served_gateway, request + b"\x81\x05hello")
        assert statuses(answers) == [200 if key != "x" else 401]
        assert b"upgrade" not in answers.lower()


def test_it_answers_what_came_before_the_end(
    served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    """Whether what follows is another protocol or nothing that can be read."""
    before = check(gl_key) * 3
    upgrade = check(gl_key, "Upgrade: websocket", "Connection: Upgrade")
    answers = exchange(served_gateway, before + upgrade + b"\x81\x05hello")
    assert statuses(answers) == [200] * 4
    assert statuses(exchange(served_gateway, check(gl_key) + b"\0\r\n\r\n")) == [200]


SMUGGLED = (
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: -1",
    "Transfer-Encoding: chunked, identity",
    "X-Other : value",
    "X-Other: a\rb",
    " folded: value",
    "X-Other: a\0b",
)


@pytest.mark.parametrize("line", SMUGGLED, ids=range(len(SMUGGLED)))
def test_it_refuses_what_can_be_read_in_two_ways(
    line: str, served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    request = check(gl_key, line, line=f"POST {VERIFY}")
    answers = exchange(served_gateway, request + b"0\r\n\r\n" + check(gl_key))
    assert statuses(answers) == [400]
    assert b"\r\ndate: " in answers
    assert b"This is no HTTP request" in answers
    assert gl_key.secret.text.encode() not in answers


@pytest.mark.parametrize(
    "request_", [b"\x16\x03\x01\x02\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"hello\r\n\r\n"]
)
def test_it_refuses_what_is_no_request(request_: bytes, served_gateway: ServedGateway) -> None:
    assert statuses(exchange(served_gateway, request_)) == [400]


def test_it_refuses_methods_that_nobody_has_registered(
    served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    """llhttp knows those of IANA's registry and a few more; Envoy alone asks with the client's."""
    answers = exchange(served_gateway, check(gl_key, line=f"BREW {VERIFY}"))
    assert statuses(answers) == [400]
    assert b"method" in answers


@pytest.mark.parametrize("where", ["name", "value", "many", "target"])
def test_it_limits_what_a_request_may_say(
    where: str, served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    long, line = "a" * HEAD_MAX, f"GET {VERIFY}"
    lines = {
        "name": [f"{long}: x"],
        "value": [f"X-Other: {long}"],
        "many": ["X: y"] * 2 * FIELDS_MAX,
        "target": [],
    }[where]
    asked = f"{line}/{long}" if where == "target" else line
    answers = exchange(served_gateway, check(gl_key, *lines, line=asked))
    assert statuses(answers) in ([431], [])  # closed with bytes unread, the answer may be lost
    assert b"x-client-id" not in answers


@pytest.mark.parametrize("pieces", [1, 10])
def test_it_counts_what_was_said_and_not_how_it_came(
    pieces: int, served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    lines = ("X-Other: " + "a" * 60_000, "Content-Length: 100000", "Connection: close")
    head = check(gl_key, *lines, line=f"POST {VERIFY}")
    size = len(head) // pieces + 1
    parts = [head[n : n + size] for n in range(0, len(head), size)]
    answers = exchange(served_gateway, *parts[:-1], parts[-1] + b"b" * 100_000)
    assert statuses(answers) == [200]


def test_it_takes_so_many_header_fields_and_no_more(
    served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    most = ["a: b"] * (FIELDS_MAX - 5)  # five are those of each check, and Connection
    assert statuses(exchange(served_gateway, check(gl_key, *most, "Connection: close"))) == [200]
    more = check(gl_key, *most, "a: b", "Connection: close")
    assert statuses(exchange(served_gateway, more)) == [431]


def test_it_holds_no_header_field_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", PATIENCE * 2)
    endless = [b"GET /livez HTTP/1.1\r\nX-Other: ", *[b"a" * HEAD_MAX] * 20]
    assert statuses(in_process(PATIENCE * 2, *endless)) in ([431], [])


def test_it_holds_no_trailer_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", PATIENCE * 2)
    head = b"POST /livez HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    endless = [head, b"0\r\nX-Other: ", *[b"a" * HEAD_MAX] * 20]
    assert statuses(in_process(PATIENCE * 2, *endless)) in ([431], [])


def test_it_answers_once_however_many_trailers_there_are(served_gateway: ServedGateway) -> None:
    chunked = b"POST /livez HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    request = chunked + b"0\r\n" + b"X: y\r\n" * 2 * FIELDS_MAX + b"\r\n"
    last = b"GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n"
    assert statuses(exchange(served_gateway, request, last)) == [200, 200]


def test_it_passes_over_bodies_of_any_length(served_gateway: ServedGateway) -> None:
    chunked = b"POST /livez HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [b"1\r\na\r\n" * HEAD_MAX] * 3
    last = b"0\r\n\r\nGET /livez HTTP/1.1\r\nConnection: close\r\n\r\n"
    assert statuses(exchange(served_gateway, chunked, *chunks, last)) == [200, 200]


def apart[T](talk: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread of its own: browser tests leave an event loop in the main one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, talk).result()


def in_process(
    seconds: float, *parts: bytes, gateway: object = None, leaving: bool = False
) -> bytes:
    """What a connection says that waits for its client for so long, until it closes.

    `leaving` is for a process that ends once the connection is there.
    """

    async def talk() -> bytes:
        state = SimpleNamespace(connections=set(), total_requests=0, default_headers=[])
        config = SimpleNamespace(timeout_keep_alive=seconds)
        app_state: dict[str, Any] = {"gateway": gateway, "leaving": threading.Event()}
        server = await asyncio.get_running_loop().create_server(
            lambda: CheckProtocol(config, state, app_state), "127.0.0.1", 0
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            for part in parts:
                writer.write(part)
            while leaving and not state.connections:
                await asyncio.sleep(0)
            for protocol in list(state.connections) if leaving else ():
                protocol.shutdown()
            try:
                found = await asyncio.wait_for(reader.read(), PATIENCE)
            except ConnectionResetError:  # it closed with bytes of ours unread
                found = b""
            writer.close()
        assert state.connections == set()
        return found

    return apart(talk())


def test_it_ends_connections_that_nobody_uses() -> None:
    assert in_process(0.05) == b""
    assert statuses(in_process(0.05, LIVE * 3)) == [200] * 3


class Failing:
    """A gateway with a mistake in it, which shows before or after it has asked."""

    def __init__(self, *, late: bool) -> None:
        self.late = late

    def check(self, *_: object) -> Steps[Verdict]:
        """Ask, and fail."""
        if self.late:
            question = Question(b"", (), 0.0, repeatable=False)
            asyncio.get_running_loop().call_soon(lambda: question.heard(None))
            yield question
        raise ValueError


@pytest.mark.parametrize("late", [False, True])
def test_it_answers_nothing_where_a_check_fails(late: bool) -> None:
    asked = f"GET {VERIFY} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert in_process(PATIENCE * 2, asked, gateway=Failing(late=late)) == b""


def test_it_lets_nobody_who_asks_nothing_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", PATIENCE * 2)
    monkeypatch.setattr(http, "FAREWELL_SECONDS", 0.05)
    for sent in (b"", LIVE[:9]):
        assert in_process(PATIENCE * 2, sent, leaving=True) == b""
    assert statuses(in_process(PATIENCE * 2, LIVE, LIVE, leaving=True)) in ([200], [200, 200])


def test_it_waits_only_so_long_for_the_rest_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", 0.05)
    assert in_process(PATIENCE * 2, LIVE[:-2]) == b""
    assert statuses(in_process(PATIENCE * 2, LIVE + LIVE[:9])) == [200]
    assert in_process(PATIENCE * 2, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhello") == b""


def test_it_gives_up_on_a_client_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", 0.05)

    async def flood() -> None:
        lost = asyncio.Event()

        class Watched(CheckProtocol):
            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                lost.set()

        state = SimpleNamespace(connections=set(), total_requests=0, default_headers=[])
        config = SimpleNamespace(timeout_keep_alive=0.05)
        app_state: dict[str, Any] = {"gateway": None, "leaving": threading.Event()}
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Watched(config, state, app_state), "127.0.0.1", 0)
        async with server:
            with socket.create_connection(server.sockets[0].getsockname()) as client:
                client.setblocking(False)
                sending = asyncio.ensure_future(loop.sock_sendall(client, LIVE * 1_000_000))
                await asyncio.wait_for(lost.wait(), PATIENCE)
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        assert state.connections == set()

    apart(flood())
