"""The real unit under somebody's guesses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apikeys.credentials import new_client_secret
from apikeys.services.keys import CreatedKey
from tests.api.calls import wrong_secret
from tests.gateway.asking import asked, check, passed, refused, showing
from tests.gateway.signing import Signed
from tests.served_gateway import ServedGateway, gateway_unit

ALLOWED = 3


@pytest.fixture
def strict(transactional_db: None, worker_database: str, tmp_path: Path) -> Iterator[ServedGateway]:
    """A unit that lets each address fail three times; one worker, which counts for itself."""
    settings = {"GATEWAY_FAILURES": str(ALLOWED)}
    with gateway_unit(worker_database, tmp_path, workers=1, settings=settings) as unit:
        yield unit


def from_elsewhere() -> list[tuple[str, str]]:
    return [*asked()[:2], ("X-Real-IP", "203.0.113.9")]


def test_it_stops_looking_and_lets_others_pass(
    strict: ServedGateway, payroll: CreatedKey, gl_key: CreatedKey
) -> None:
    assert passed(check(strict, [*asked(), *showing(payroll)]))
    for text in ("x", wrong_secret(payroll), new_client_secret("dev").text):
        assert check(strict, [*asked(), *showing(text)]).status_code == 401
    answer = check(strict, [*asked(), *showing(gl_key)])
    refused(answer, 401, "rate_limited")
    assert int(answer.headers["retry-after"]) > 0
    signed = [*asked("GET", "/payments?page=2"), *Signed(gl_key.secret).pairs()]
    refused(check(strict, signed), 401, "rate_limited")
    assert passed(check(strict, [*asked(), *showing(payroll)]))
    assert passed(check(strict, [*from_elsewhere(), *showing(gl_key)]))


def test_it_does_not_take_mistakes_for_guesses(strict: ServedGateway, payroll: CreatedKey) -> None:
    for _ in range(ALLOWED + 2):
        refused(check(strict, asked()), 401, "credential_missing")
        answer = check(strict, [*asked("POST"), *showing(payroll)])
        refused(answer, 403, "permission_denied")
    assert passed(check(strict, [*asked(), *showing(payroll)]))
