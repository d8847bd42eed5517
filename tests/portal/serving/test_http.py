"""What the portal's server makes of the bytes of its clients, and of an application's answer."""

import json
import re
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from portal.serving.requests import BODY_MAX, FIELDS_MAX, HEAD_MAX
from tests.portal.serving.conftest import MEGABYTE, PATIENCE

type Say = Callable[[bytes], bytes]

CLOSE = b"Host: here\r\nConnection: close\r\n"


def status(answer: bytes) -> int:
    """The first answer's."""
    return int(answer.split(b" ", 2)[1])


def told(answer: bytes) -> dict[str, Any]:
    """What the application was asked."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status(head) == 200
    asked: dict[str, Any] = json.loads(body)
    return asked


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/a/b?c=d&e", "/a/b", "c=d&e"),
        (b"/%C3%A9%2F?%C3%A9", "/\xc3\xa9/", "%C3%A9"),
        (b"http://elsewhere/a?b", "/a", "b"),
        (b"http://elsewhere", "/", ""),
        (b"//evil.example/a", "/evil.example/a", ""),
        (b"/a?b://c", "/a", "b://c"),
    ],
)
def test_the_target_is_path_and_query(say: Say, target: bytes, path: str, query: str) -> None:
    asked = told(say(b"GET %b HTTP/1.1\r\n%b\r\n" % (target, CLOSE)))
    assert (asked["PATH_INFO"], asked["QUERY_STRING"]) == (path, query)


def test_fields_become_names_of_wsgi(say: Say) -> None:
    fields = b"Api-Key: a\r\napi_key: b\r\nCookie: a=1\r\ncookie: b=2\r\nX: 1\r\nx: 2\r\n"
    asked = told(say(b"GET / HTTP/1.1\r\n%b%b\r\n" % (CLOSE, fields)))
    assert asked["HTTP_API_KEY"] == "a"
    assert asked["HTTP_COOKIE"] == "a=1; b=2"
    assert asked["HTTP_X"] == "1, 2"
    assert asked["REMOTE_ADDR"] == "127.0.0.1"


def test_a_chunked_body_has_a_length_and_its_trailers_are_no_fields(say: Say) -> None:
    body = b"3\r\nabc\r\n2\r\nde\r\n0\r\nApi-Key: trailer\r\n\r\n"
    asked = told(say(b"POST / HTTP/1.1\r\n%bTransfer-Encoding: chunked\r\n\r\n%b" % (CLOSE, body)))
    assert (asked["body"], asked["CONTENT_LENGTH"]) == ("abcde", "5")
    assert "HTTP_TRANSFER_ENCODING" not in asked
    assert "HTTP_API_KEY" not in asked


def test_requests_that_come_together_are_answered_in_their_order(say: Say) -> None:
    one = b"GET /%d HTTP/1.1\r\nHost: here\r\n\r\n"
    asked = b"".join(one % number for number in range(20))
    answers = say(asked + b"GET /last HTTP/1.1\r\n%b\r\n" % CLOSE)
    paths = re.findall(rb'"PATH_INFO": "/(\w+)"', answers)
    assert paths == [*(b"%d" % number for number in range(20)), b"last"]


def test_an_answer_to_head_has_no_body(say: Say) -> None:
    answer = say(b"HEAD / HTTP/1.1\r\n%b\r\n" % CLOSE)
    assert answer.endswith(b"\r\n\r\n")
    assert re.search(rb"\r\nContent-Length: [1-9]", answer)


def test_an_answer_without_a_length_is_chunked_unless_the_client_is_old(say: Say) -> None:
    answer = say(b"GET /unmeasured HTTP/1.1\r\n%b\r\n" % CLOSE)
    assert b"\r\nTransfer-Encoding: chunked\r\n" in answer
    assert answer.endswith(b"}\r\n0\r\n\r\n")
    answer = say(b"GET /unmeasured HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert b"chunked" not in answer
    assert answer.endswith(b"}")


def test_an_offer_to_leave_http_is_passed_over(say: Say) -> None:
    fields = b"Host: here\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n"
    assert told(say(b"GET /a HTTP/1.1\r\n%b\r\n" % fields))["PATH_INFO"] == "/a"
    with_body = b"POST / HTTP/1.1\r\n%bContent-Length: 3\r\n\r\nabc" % fields
    assert told(say(with_body))["body"] == "abc"


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nContent-Length: -3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nA : b\r\n\r\n",
        b"GET / HTTP/1.1\nHost: here\n\n",
    ],
)
def test_what_is_no_request_is_400(say: Say, request_: bytes) -> None:
    answer = say(request_)
    assert status(answer) == 400
    assert b"\r\nConnection: close\r\n" in answer


@pytest.mark.parametrize(
    "fields",
    [b"A: b\r\n" * (FIELDS_MAX + 1), b"A: %b\r\n" % (b"b" * HEAD_MAX)],
    ids=["many", "large"],
)
def test_a_head_that_is_too_large_is_431(say: Say, fields: bytes) -> None:
    assert status(say(b"GET / HTTP/1.1\r\n%b\r\n" % fields)) == 431


@pytest.mark.parametrize("announced", [True, False])
def test_the_application_hears_of_a_body_that_is_too_large_without_it(
    say: Say, *, announced: bool
) -> None:
    size = BODY_MAX + 1
    body = b"a" * size
    if announced:
        head = b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % size
    else:
        head = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % size
    answer = say(b"POST / HTTP/1.1\r\nHost: here\r\n" + head + body)
    assert not answer.startswith(b"HTTP/1.1 100")
    assert b"\r\nConnection: close\r\n" in answer
    asked = told(answer)
    assert (asked["CONTENT_LENGTH"], asked["body"]) == (str(size), "")


def test_a_body_that_is_wanted_is_asked_for(serve: Callable[..., tuple[str, int]]) -> None:
    head = b"POST / HTTP/1.1\r\n%bContent-Length: 3\r\nExpect: 100-continue\r\n\r\n" % CLOSE
    with closing(socket.create_connection(serve(), PATIENCE)) as connection:
        connection.sendall(head)
        assert connection.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert told(connection.recv(65536))["body"] == "abc"


def test_a_client_that_reads_slowly_gets_all(serve: Callable[..., tuple[str, int]]) -> None:
    """Also what it has asked for meanwhile."""
    one = b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n"
    with closing(socket.socket()) as connection:
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(serve())
        connection.sendall(one + one.replace(b"/large", b"/small"))
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(65536)
    large, _, small = answer.rpartition(b"HTTP/1.1 200 OK")
    body = large.partition(b"\r\n\r\n")[2]
    assert body == b"".join(b"%d" % number * MEGABYTE for number in range(8))
    assert b'"PATH_INFO": "/small"' in small


def test_an_application_that_fails_is_500_or_a_visible_gap(say: Say) -> None:
    assert status(say(b"GET /fails HTTP/1.1\r\nHost: here\r\n\r\n")) == 500
    answer = say(b"GET /breaks HTTP/1.1\r\nHost: here\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nhalf")
