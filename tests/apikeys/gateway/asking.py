"""How these tests ask the unit, as nginx would."""

import base64
from time import monotonic
from typing import Any

import httpx

from apikeys.services.keys import CreatedKey
from tests.served_gateway import ServedGateway

VERIFY = "/gateway/verify"
TIMEOUT = 1.0
"""Seconds within which the unit answers, whatever the database does: the client gives up then."""
PATIENCE = 30
"""Seconds in which a busy machine gets its database to answer in time once."""


def asked(method: str = "GET", target: str = "/payments") -> list[tuple[str, str]]:
    """The headers by which nginx says what its client wants."""
    return [
        ("X-Original-Method", method),
        ("X-Original-URI", target),
        ("X-Real-IP", "198.51.100.7"),
    ]


def showing(key: CreatedKey | str) -> list[tuple[str, str]]:
    """The header that carries a key's secret, or any other text."""
    return [("api-key", key if isinstance(key, str) else key.secret.text)]


def basic(user: str, password: str) -> str:
    """An Authorization of RFC 7617."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def check(
    unit: ServedGateway,
    headers: list[tuple[str, Any]],
    *,
    method: str = "GET",
    suffix: str = "",
    **more: Any,
) -> httpx.Response:
    """One check. On a machine so busy that the database misses its deadline, asked again."""
    deadline = monotonic() + PATIENCE
    with httpx.Client(timeout=PATIENCE) as client:
        while True:
            answer = client.request(method, f"{unit.url}{VERIFY}{suffix}", headers=headers, **more)
            if answer.status_code != 503 or monotonic() > deadline:
                return answer


def passed(answer: httpx.Response) -> str | None:
    """The client ID of a check that passed."""
    return answer.headers.get("x-client-id") if answer.status_code == 200 else None


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem of a check that did not pass; its whole form is checked each time."""
    assert (answer.status_code, answer.headers.get("x-auth-error")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert not {"x-client-id", "x-tenant-id", "x-key-role", "set-cookie"} & set(answer.headers)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    problem: dict[str, Any] = answer.json()
    assert (problem["code"], problem["status"]) == (code, status)
    assert problem["type"].endswith(f"/docs/#error-{code}")
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem
