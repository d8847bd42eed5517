"""The unit's HTTP: requests in any pieces, answered in their order; what is none is refused."""

import asyncio
import random
import re
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from apikeys.gateway import http
from apikeys.gateway.check import Verdict
from apikeys.gateway.coroutine_protocol import Question, Steps
from apikeys.gateway.http import FIELDS_MAX, HEAD_MAX, CheckProtocol
from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.asking import VERIFY
from tests.served_gateway import ServedGateway

PATIENCE = 30
"""Seconds after which an answer that should have come counts as lost."""
UNLIKE = random.Random(1).choices(range(6), k=600)  # noqa: S311  # an order that no mistake keeps
LIVE = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
STRANGE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST /livez HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
CLOSE = "Connection: close"
LAST = f"GET /livez HTTP/1.1\r\n{CLOSE}\r\n\r\n".encode()

type Say = Callable[..., bytes]


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


def connect(address: tuple[str, int]) -> socket.socket:
    """A connection on which each part leaves at once."""
    connection = socket.create_connection(address, PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def talk(connection: socket.socket, *parts: bytes) -> bytes:
    """Send all parts, then read the answers until the unit closes the connection.

    Where it closes with bytes of ours unread, its answer may be lost.
    """
    answers = b""
    with connection, suppress(ConnectionError):
        for part in parts:
            connection.sendall(part)
        while piece := connection.recv(65536):
            answers += piece
    return answers


@pytest.fixture
def address(served_gateway: ServedGateway) -> tuple[str, int]:
    """Where the real unit listens."""
    url = urlsplit(served_gateway.url)
    return str(url.hostname), int(url.port or 0)


@pytest.fixture
def say(address: tuple[str, int]) -> Say:
    """Send the real unit some bytes, in parts; all that it answers until it closes."""
    return lambda *parts: talk(connect(address), *parts)


def alone(
    *parts: bytes, seconds: float = PATIENCE * 2, gateway: object = None, leaving: bool = False
) -> bytes:
    """Say the same to one connection in this process, which waits so long for its client.

    `leaving` is for a process that ends once the connection is there.
    """
    state = SimpleNamespace(connections=set(), total_requests=0, default_headers=[])
    config = SimpleNamespace(timeout_keep_alive=seconds)
    app_state = {"gateway": gateway, "leaving": threading.Event()}

    async def serve(listener: socket.socket) -> None:
        lost = asyncio.Event()

        class Watched(CheckProtocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if leaving:
                    self.shutdown()

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                lost.set()

        make = partial(Watched, config, state, app_state)
        async with await asyncio.get_running_loop().create_server(make, sock=listener):
            await asyncio.wait_for(lost.wait(), PATIENCE)

    listener = socket.create_server(("127.0.0.1", 0))
    with ThreadPoolExecutor(1) as pool:  # browser tests leave an event loop in the main thread
        served = pool.submit(lambda: asyncio.run(serve(listener)))
        answers = talk(connect(listener.getsockname()), *parts)
        served.result()
    assert state.connections == set()
    return answers


def statuses(answers: bytes) -> list[int]:
    """The status of each answer."""
    return [int(each) for each in re.findall(rb"(?:^|\n|\})HTTP/1\.1 (\d+)", answers)]


def test_it_answers_pipelined_requests_in_their_order(
    say: Say, payroll: CreatedKey, gl_key: CreatedKey, admin_key: CreatedKey
) -> None:
    keys = [(payroll, gl_key, admin_key)[each % 3] for each in UNLIKE]
    answers = say(b"".join(map(check, keys)) + LAST)
    assert statuses(answers) == [200] * (len(keys) + 1)
    names = re.findall(rb"x-client-id: (\w+)", answers)
    assert names == [key.key.client_id.encode() for key in keys]


def test_it_answers_what_needs_no_look_in_its_turn(say: Say, gl_key: CreatedKey) -> None:
    bad = f"GET {VERIFY} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    once = check(gl_key) + bad + LIVE + STRANGE + check(gl_key)
    answers = say(once * 20 + check(gl_key, CLOSE))
    assert statuses(answers) == [200, 403, 200, 404, 200] * 20 + [200]


def test_it_keeps_the_order_over_many_refusals(say: Say, gl_key: CreatedKey) -> None:
    """Which need no look, behind one that does."""
    two = check(gl_key, "api-key: a"), 401, b"multiple_credentials"
    unclear = check(gl_key, "X-Original-Method: GET"), 403, b"gateway_unclear"
    bad = [(two, unclear)[each % 2] for each in UNLIKE]
    between = b"".join(request + STRANGE for request, _, _ in bad)
    answers = say(check(gl_key) + between + check(gl_key, CLOSE))
    each = [status for _, refused, _ in bad for status in (refused, 404)]
    assert statuses(answers) == [200, *each, 200]
    assert re.findall(rb"x-auth-error: (\w+)", answers) == [code for _, _, code in bad]


def test_it_takes_a_request_in_any_pieces(say: Say, gl_key: CreatedKey) -> None:
    request = check(gl_key, CLOSE)
    answers = say(*(request[n : n + 1] for n in range(len(request))))
    assert statuses(answers) == [200]
    assert gl_key.key.client_id.encode() in answers


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 11\r\n\r\nhello world",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\napi-key: x\r\n\r\n",
    ],
)
def test_it_passes_over_bodies(body: bytes, say: Say, gl_key: CreatedKey) -> None:
    request = check(gl_key, line=f"POST {VERIFY}/payments")[:-2] + body
    answers = say(request * 3, check(gl_key, CLOSE))
    assert statuses(answers) == [200] * 4


def test_it_gives_leave_to_send_a_body(address: tuple[str, int], gl_key: CreatedKey) -> None:
    lines = ("Expect: 100-Continue", "Content-Length: 2", CLOSE)
    connection = connect(address)
    connection.sendall(check(gl_key, *lines, line=f"POST {VERIFY}"))
    assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert statuses(talk(connection, b"{}")) == [200]


def test_it_sends_no_body_to_head(say: Say, gl_key: CreatedKey) -> None:
    answers = say(check(gl_key, "api-key: a", CLOSE, line=f"HEAD {VERIFY}"))
    assert statuses(answers) == [401]
    head, _, body = answers.partition(b"\r\n\r\n")
    assert body == b""
    assert re.search(rb"content-length: [1-9]\d+", head)


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1\r\nConnection: close"])
def test_it_closes_where_the_client_wants_it(version: str, say: Say, gl_key: CreatedKey) -> None:
    request = check(gl_key).replace(b"HTTP/1.1", version.encode(), 1)
    answers = say(request + check(gl_key))
    assert statuses(answers) == [200]
    assert b"connection: close" in answers


def test_it_refuses_another_protocol_in_plain_http_and_closes(say: Say, gl_key: CreatedKey) -> None:
    for key in (gl_key.secret.text, "x"):
        request = check(gl_key, "Upgrade: websocket", "Connection: Upgrade")
        request = request.replace(gl_key.secret.text.encode(), key.encode())
        answers = say(request + b"\x81\x05hello")
        assert statuses(answers) == [403]
        assert b"\r\nupgrade:" not in answers.lower()


def test_it_answers_what_came_before_the_end(say: Say, gl_key: CreatedKey) -> None:
    """Whether what follows is another protocol or nothing that can be read."""
    before = check(gl_key) * 3
    upgrade = check(gl_key, "Upgrade: websocket", "Connection: Upgrade")
    answers = say(before + upgrade + b"\x81\x05hello")
    assert statuses(answers) == [200, 200, 200, 403]
    assert statuses(say(check(gl_key) + b"\0\r\n\r\n")) == [200]


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
def test_it_refuses_what_can_be_read_in_two_ways(line: str, say: Say, gl_key: CreatedKey) -> None:
    request = check(gl_key, line, line=f"POST {VERIFY}")
    answers = say(request + b"0\r\n\r\n" + check(gl_key))
    assert statuses(answers) == [400]
    assert b"\r\ndate: " in answers
    assert b"This is no HTTP request" in answers
    assert gl_key.secret.text.encode() not in answers


@pytest.mark.parametrize(
    "request_", [b"\x16\x03\x01\x02\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"hello\r\n\r\n"]
)
def test_it_refuses_what_is_no_request(request_: bytes, say: Say) -> None:
    assert statuses(say(request_)) == [400]


def test_it_refuses_methods_that_nobody_has_registered(say: Say, gl_key: CreatedKey) -> None:
    """llhttp knows those of IANA's registry and a few more; Envoy alone asks with the client's."""
    answers = say(check(gl_key, line=f"BREW {VERIFY}"))
    assert statuses(answers) == [400]
    assert b"method" in answers


@pytest.mark.parametrize("where", ["name", "value", "many", "target"])
def test_it_limits_what_a_request_may_say(where: str, say: Say, gl_key: CreatedKey) -> None:
    long, line = "a" * HEAD_MAX, f"GET {VERIFY}"
    lines = {
        "name": [f"{long}: x"],
        "value": [f"X-Other: {long}"],
        "many": ["X: y"] * 2 * FIELDS_MAX,
        "target": [],
    }[where]
    asked = f"{line}/{long}" if where == "target" else line
    answers = say(check(gl_key, *lines, line=asked))
    assert statuses(answers) in ([431], [])  # The answer may be lost: see `talk`.
    assert b"x-client-id" not in answers


@pytest.mark.parametrize("pieces", [1, 10])
def test_it_counts_what_was_said_and_not_how_it_came(
    pieces: int, say: Say, gl_key: CreatedKey
) -> None:
    lines = ("X-Other: " + "a" * 60_000, "Content-Length: 100000", CLOSE)
    head = check(gl_key, *lines, line=f"POST {VERIFY}")
    size = len(head) // pieces + 1
    parts = [head[n : n + size] for n in range(0, len(head), size)]
    answers = say(*parts[:-1], parts[-1] + b"b" * 100_000)
    assert statuses(answers) == [200]


def test_it_takes_so_many_header_fields_and_no_more(say: Say, gl_key: CreatedKey) -> None:
    most = ["a: b"] * (FIELDS_MAX - 5)  # five are those of each check, and Connection
    assert statuses(say(check(gl_key, *most, CLOSE))) == [200]
    assert statuses(say(check(gl_key, *most, "a: b", CLOSE))) == [431]


def test_it_holds_no_header_field_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", PATIENCE * 2)
    endless = [b"GET /livez HTTP/1.1\r\nX-Other: ", *[b"a" * HEAD_MAX] * 20]
    assert statuses(alone(*endless)) in ([431], [])


def test_it_holds_no_trailer_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", PATIENCE * 2)
    endless = [CHUNKED, b"0\r\nX-Other: ", *[b"a" * HEAD_MAX] * 20]
    assert statuses(alone(*endless)) in ([431], [])


def test_it_answers_once_however_many_trailers_there_are(say: Say) -> None:
    request = CHUNKED + b"0\r\n" + b"X: y\r\n" * 2 * FIELDS_MAX + b"\r\n"
    assert statuses(say(request, LAST)) == [200, 200]


def test_it_passes_over_bodies_of_any_length(say: Say) -> None:
    chunks = [b"1\r\na\r\n" * HEAD_MAX] * 3
    assert statuses(say(CHUNKED, *chunks, b"0\r\n\r\n" + LAST)) == [200, 200]


def test_it_ends_connections_that_nobody_uses() -> None:
    assert alone(seconds=0.05) == b""
    assert statuses(alone(LIVE * 3, seconds=0.5)) == [200] * 3


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
    assert alone(asked, gateway=Failing(late=late)) == b""


def test_it_lets_nobody_who_asks_nothing_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", PATIENCE * 2)
    monkeypatch.setattr(http, "FAREWELL_SECONDS", 0.05)
    for sent in (b"", LIVE[:9]):
        assert alone(sent, leaving=True) == b""


def test_it_closes_with_its_next_answer_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "FAREWELL_SECONDS", PATIENCE * 2)
    assert statuses(alone(LIVE * 2, leaving=True)) == [200]


def test_it_waits_only_so_long_for_the_rest_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", 0.05)
    assert alone(LIVE[:-2]) == b""
    assert statuses(alone(LIVE + LIVE[:9])) == [200]
    assert alone(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhello") == b""


def test_it_gives_up_on_a_client_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", 0.05)
    assert alone(LIVE * 1_000_000, seconds=0.05) == b""
