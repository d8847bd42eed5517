"""What a test client cannot send: raw bytes to the real server, and what becomes of the connection.

After each answer the connection serves the next request, or the answer has said that it ends: a
client must not send into a connection that is being closed.
"""

import json
import re
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts.roles import Role
from apikeys.rest.requests import BODY_MAX
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import CREATE, KEYS, SELF
from tests.factories import make_key, make_tenant
from tests.served_portal import ServedPortal

MEGABYTE = 1024 * 1024
BODY = json.dumps(CREATE).encode()
JSON = b"Content-Type: application/json\r\n"


class Wire:
    """One connection of a caller with an admin key."""

    ends = False
    """Whether the last answer was said to be the last."""

    def __init__(self, address: tuple[str, int], caller: CreatedKey) -> None:
        self.address = address
        self.socket = socket.create_connection(address, timeout=30)
        self.client_id = caller.key.client_id
        self.credential = f"api-key: {caller.secret.text}\r\n".encode()

    def send(self, line: str, *headers: bytes, body: bytes = b"", credential: bool = True) -> None:
        """Send a request, its header lines and body as they are."""
        head = f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()
        self.socket.sendall(
            head + (self.credential if credential else b"") + b"".join(headers) + b"\r\n" + body
        )

    def answer(self) -> tuple[int, dict[str, Any]]:
        """The status and JSON of the answer."""
        with HTTPResponse(self.socket) as response:
            response.begin()
            self.ends = response.will_close
            return response.status, json.loads(response.read() or b"{}")

    def status(self) -> int:
        """The status of an answer that need not be ours."""
        with HTTPResponse(self.socket) as response:
            response.begin()
            return response.status

    def problem(self) -> tuple[int, str]:
        """The status and code of a problem."""
        status, body = self.answer()
        assert body["status"] == status
        assert body["detail"]
        return status, body["code"]

    def assert_in_order(self) -> None:
        """The connection serves another request, unless the answer said that it ends."""
        if self.ends:
            self.socket.close()
            self.socket = socket.create_connection(self.address, timeout=30)
        self.send(f"GET {SELF}")
        assert self.answer()[0] == 200


@pytest.fixture
def wire(served_portal: ServedPortal) -> Iterator[Wire]:
    """A fresh connection."""
    caller = make_key(make_tenant("Northwind Traders"), role=Role.ADMIN)
    where = urlsplit(served_portal.url)
    wire = Wire((str(where.hostname), int(where.port or 0)), caller)
    yield wire
    wire.socket.close()


def length(body: bytes) -> bytes:
    return f"Content-Length: {len(body)}\r\n".encode()


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])


CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_it_reads_a_body_that_comes_in_chunks(wire: Wire, size: int) -> None:
    wire.send(f"POST {KEYS}", JSON, CHUNKED, body=chunked(BODY, size))
    status, created = wire.answer()
    assert (status, created["email"]) == (201, CREATE["email"])
    wire.assert_in_order()


@pytest.mark.parametrize("size", [BODY_MAX + 1, MEGABYTE])
@pytest.mark.parametrize("in_chunks", [True, False])
def test_it_refuses_a_large_body_and_the_caller_hears_it(
    wire: Wire, size: int, *, in_chunks: bool
) -> None:
    body = BODY + b" " * (size - len(BODY))
    if in_chunks:
        wire.send(f"POST {KEYS}", JSON, CHUNKED, body=chunked(body, 16_384))
    else:
        wire.send(f"POST {KEYS}", JSON, length(body), body=body)
    assert wire.problem() == (413, "body_too_large")
    wire.assert_in_order()


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        (f"POST {KEYS}/x", 405, "method_not_allowed"),
        ("POST /v1/nowhere", 404, "not_found"),
        (f"GET {SELF}", 413, "body_too_large"),
        (f"PATCH {KEYS}/dev_0123456789ABCDEFGHIJ", 413, "body_too_large"),
    ],
)
def test_a_large_body_is_no_matter_where_none_is_read(
    wire: Wire, line: str, status: int, code: str
) -> None:
    body = b"x" * MEGABYTE
    wire.send(line, JSON, length(body), body=body)
    assert wire.problem() == (status, code)
    wire.assert_in_order()


def test_a_stranger_with_a_large_body_hears_that_a_credential_is_missing(wire: Wire) -> None:
    body = b"x" * MEGABYTE
    wire.send(f"POST {KEYS}", JSON, length(body), body=body, credential=False)
    assert wire.problem() == (401, "credential_missing")
    wire.assert_in_order()


@pytest.mark.parametrize("path", [KEYS, "/accounts/login/", "/oauth/token", "/livez"])
def test_a_body_that_is_too_long_is_not_asked_for(wire: Wire, path: str) -> None:
    """Also where the client would wait to hear whether it may send it (RFC 9110, 10.1.1)."""
    wire.send(f"POST {path}", JSON, b"Expect: 100-continue\r\nContent-Length: 10000000\r\n")
    assert wire.socket.recv(12) != b"HTTP/1.1 100"


def test_a_body_that_is_not_too_long_is_asked_for(wire: Wire) -> None:
    wire.send(f"POST {KEYS}", JSON, length(BODY), b"Expect: 100-continue\r\n")
    assert wire.socket.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.socket.sendall(BODY)
    assert wire.answer()[0] == 201


def test_requests_that_come_together_are_answered_in_order(wire: Wire) -> None:
    for path in (SELF, f"{KEYS}/x", "/livez", SELF):
        wire.send(f"GET {path}")
    said = b""
    while said.count(b"HTTP/1.1 ") < 4 or not said.endswith(b"}"):
        said += wire.socket.recv(65_536)
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200", b"404", b"200", b"200"]


def test_the_answer_to_head_has_no_body(wire: Wire) -> None:
    wire.send("HEAD /docs/")
    with HTTPResponse(wire.socket, method="HEAD") as response:
        response.begin()
        assert (response.status, response.read()) == (200, b"")
        assert int(response.headers["Content-Length"]) > 1000
    wire.assert_in_order()


def test_a_name_with_an_underscore_is_ignored(wire: Wire) -> None:
    """WSGI cannot tell it from the one with a dash, and proxies let it through."""
    underscored = wire.credential.replace(b"api-key", b"api_key")
    wire.send(f"GET {SELF}", underscored, credential=False)
    assert wire.problem() == (401, "credential_missing")


def test_a_refusal_of_a_body_that_was_read_keeps_the_connection(wire: Wire) -> None:
    wire.send(f"POST {KEYS}", JSON, length(b"[]"), body=b"[]")
    assert wire.problem() == (422, "validation_failed")
    assert not wire.ends
    wire.assert_in_order()


REFUSED_BODIES = [
    (b"", BODY, 415),
    (b"Content-Type: text/plain\r\n", BODY, 415),
    (b"Content-Type: application/x-www-form-urlencoded\r\n", b"email=a%40b.example", 415),
    (b"Content-Type: multipart/form-data; boundary=x\r\n", b"--x--\r\n", 415),
    (b"Content-Type: application/json; charset=latin-1\r\n", BODY, 415),
    (JSON + b"Content-Encoding: gzip\r\n", BODY, 415),
    (JSON, b"{", 422),
    (JSON, b"[]", 422),
    (JSON, b"\xff\xfe{}", 422),
    (JSON, b"[" * BODY_MAX, 422),
    (JSON, b'{"name":' * 1000 + b"1" + b"}" * 1000, 422),
    (JSON, b'{"email": "a@b.example", "name": "a\\u0000"}', 422),
    (JSON, b'{"email": "a@b.example", "name": "\\ud800"}', 422),
    (JSON, b'{"email": "a@b.example", "email": "c@d.example"}', 422),
]
CODES = {415: "unsupported_media_type", 422: "validation_failed"}


@pytest.mark.parametrize(
    "line", [f"POST {KEYS}", f"PATCH {KEYS}/{{id}}", f"PUT {KEYS}/{{id}}/role"]
)
def test_it_refuses_what_is_no_json_object_for_every_method(wire: Wire, line: str) -> None:
    line = line.format(id=wire.client_id)
    for headers, body, status in REFUSED_BODIES:
        wire.send(line, headers, length(body), body=body)
        assert wire.problem() == (status, CODES[status]), (headers, body[:40])
        wire.assert_in_order()


@pytest.mark.parametrize(
    ("twice", "expected"),
    [
        (b"api-key: x\r\n", (400, "multiple_credentials")),
        (b"X-API-Key: x\r\n", (400, "multiple_credentials")),
        (b"Authorization: Bearer x\r\n", (400, "multiple_credentials")),
        (b'Idempotency-Key: "a"\r\nIdempotency-Key: "b"\r\n', (422, "validation_failed")),
    ],
)
def test_it_refuses_a_header_that_comes_twice(
    wire: Wire, twice: bytes, expected: tuple[int, str]
) -> None:
    wire.send(f"POST {KEYS}", JSON, length(BODY), twice, body=BODY)
    assert wire.problem() == expected


@pytest.mark.parametrize(
    ("line", "header", "expected"),
    [
        (f"GET {SELF}", b"Authorization: Bearer " + b"x" * 65_536, (401, "credential_malformed")),
        (f"GET {SELF}", b"api-key: \x80\xff", (401, "credential_malformed")),
        (f"GET {SELF}?x={'y' * 65_000}", b"", (401, "credential_missing")),
        (f"GET {SELF}?%ff%00", b"", (401, "credential_missing")),
        (f"GET {KEYS}/%00", b"", (401, "credential_missing")),
    ],
)
def test_strange_heads_are_problems_too(
    wire: Wire, line: str, header: bytes, expected: tuple[int, str]
) -> None:
    wire.send(line, header + b"\r\n" if header else b"", credential=False)
    assert wire.problem() == expected
    wire.assert_in_order()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{KEYS}/%00", 404),
        (f"{KEYS}/%ed%a0%80", 404),
        (f"{KEYS}?email=%00", 422),
        (f"{KEYS}?email=%ed%a0%80", 422),
        (f"{KEYS}?limit=1&limit=1", 422),
        (f"{KEYS}?{'&'.join(f'x{n}=1' for n in range(5000))}", 422),
    ],
)
def test_strange_addresses_are_problems_too(wire: Wire, path: str, status: int) -> None:
    wire.send(f"GET {path}")
    assert wire.problem()[0] == status
    wire.assert_in_order()


def test_a_head_beyond_all_measure_is_refused_by_the_server(wire: Wire) -> None:
    wire.send(f"GET {SELF}", b"X-Padding: " + b"x" * MEGABYTE + b"\r\n")
    assert 400 <= wire.status() < 500
