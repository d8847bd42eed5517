"""What cannot be decided is refused: gateways whose check is away, deaf or mad."""

import json
from pathlib import Path
from threading import Event

import pytest

from apikeys.gateway.original import Family
from tests.apikeys.gateway.raw_http import NO_ANSWER, Answered, Caller, ask
from tests.apikeys.gateway.real_gateways import DoubtfulGateway, started
from tests.apikeys.gateway.recording_server import Received, RecordingServer, answer
from tests.servers import free_port

PATIENCE = 4
"""Seconds; a gateway gives up on its check after one."""
WITHOUT_A_CHECK = {
    Family.NGINX: 503,
    Family.ENVOY: 503,
    Family.CADDY: 503,
    Family.TRAEFIK: 500,
}
"""Traefik has no setting for this."""


def assert_unknown(family: Family, answered: Answered) -> None:
    """The caller learns that it is not about the key, and when to come again."""
    assert answered.status == WITHOUT_A_CHECK[family]
    if family == Family.TRAEFIK:
        return
    assert answered.values("X-Auth-Error") == ["unavailable"]
    assert answered.values("Retry-After") == ["5"]
    assert answered.values("Content-Type") == ["application/problem+json"]
    assert json.loads(answered.body)["code"] == "unavailable"


def test_a_gateway_without_its_unit_refuses(
    family: Family, upstream: RecordingServer, tmp_path: Path
) -> None:
    upstream.taken()
    with started(family, tmp_path, check=free_port(), upstream=upstream.port) as port:
        assert_unknown(family, ask(port, "GET", "/orders", [("api-key", "any")]))
    assert upstream.taken() == []


def test_a_unit_that_is_too_late_lets_nobody_through(doubtful_gateway: DoubtfulGateway) -> None:
    """Its 200 comes after the gateway has given up; Traefik would for half a minute not."""
    end = Event()

    def late(_: Received) -> bytes:
        end.wait(PATIENCE * 10)
        return answer(503 if doubtful_gateway.family == Family.TRAEFIK else 200)

    doubtful_gateway.check.answering = late
    with Caller(doubtful_gateway.port, patience=PATIENCE) as caller:
        answered = caller.ask("GET", "/orders", [("api-key", "any")])
    assert doubtful_gateway.upstream.taken() == []
    end.set()
    if doubtful_gateway.family == Family.TRAEFIK:
        assert answered.status == NO_ANSWER
    else:
        assert_unknown(doubtful_gateway.family, answered)
    assert doubtful_gateway.upstream.taken() == []


@pytest.mark.parametrize("status", [301, 302, 304, 400, 404, 418, 429, 500, 502, 503, 504])
def test_any_other_answer_of_the_check_lets_nobody_through(
    doubtful_gateway: DoubtfulGateway, status: int
) -> None:
    doubtful_gateway.check.answering = lambda _: answer(status, {"X-Auth-Error": "unavailable"})
    answered = ask(doubtful_gateway.port, "GET", "/orders", [("api-key", "any")])
    assert answered.status >= 300
    assert doubtful_gateway.upstream.taken() == []


def test_the_units_own_503_is_one_for_the_caller(doubtful_gateway: DoubtfulGateway) -> None:
    headers = {
        "X-Auth-Error": "unavailable",
        "Retry-After": "5",
        "Content-Type": "application/problem+json",
    }
    body = b'{"code": "unavailable", "detail": "The unit says so."}'
    if doubtful_gateway.family == Family.NGINX:
        headers["X-Auth-Problem"] = body.decode()
    doubtful_gateway.check.answering = lambda _: answer(503, headers, body)
    answered = ask(doubtful_gateway.port, "GET", "/orders", [("api-key", "any")])
    assert (answered.status, answered.values("X-Auth-Error")) == (503, ["unavailable"])
    assert answered.values("Retry-After") == ["5"]
    assert answered.values("X-Auth-Problem") == []
    assert json.loads(answered.body)["code"] == "unavailable"
    # Envoy drops it, so its file has a text.
    assert answered.body == body or doubtful_gateway.family == Family.ENVOY
    assert doubtful_gateway.upstream.taken() == []


@pytest.mark.parametrize(("status", "code"), [(401, "unauthenticated"), (403, "gateway_unclear")])
def test_a_refusal_for_another_family_names_its_code(
    doubtful_gateway: DoubtfulGateway, status: int, code: str
) -> None:
    """Such as of a unit that does not know nginx to be the one that asks."""
    headers = {"X-Auth-Error": code, "Content-Type": "application/problem+json"}
    body = json.dumps({"code": code}).encode()
    doubtful_gateway.check.answering = lambda _: answer(status, headers, body)
    answered = ask(doubtful_gateway.port, "GET", "/orders", [("api-key", "any")])
    assert (answered.status, answered.values("X-Auth-Error")) == (status, [code])
    assert json.loads(answered.body)["code"] == code


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 2", b"nonsense\r\n\r\n"])
def test_an_answer_that_breaks_off_lets_nobody_through(
    doubtful_gateway: DoubtfulGateway, said: bytes
) -> None:
    doubtful_gateway.check.answering = lambda _: said
    answered = ask(doubtful_gateway.port, "GET", "/orders", [("api-key", "any")])
    assert answered.status >= 500
    assert doubtful_gateway.upstream.taken() == []
