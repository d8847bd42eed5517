"""The real unit under somebody's guesses."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from apikeys.credentials import new_client_secret
from apikeys.services.keys import CreatedKey, revoke_key
from tests.apikeys.gateway.asking import asked, check, passed, refused, showing
from tests.apikeys.gateway.signing import Signed
from tests.apikeys.rest.canonical.calls import wrong_secret
from tests.factories import PLATFORM
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


def refused_unlooked(unit: ServedGateway, headers: list[tuple[str, str]]) -> httpx.Response:
    """The answer once the unit is tired of this credential, which it then tries once a second."""
    for _ in range(100):
        answer = check(unit, headers)
        if answer.headers.get("x-auth-error") == "rate_limited":
            return answer
    pytest.fail("It looks every credential up.")


def test_it_hardly_looks_and_lets_others_pass(
    strict: ServedGateway, payroll: CreatedKey, gl_key: CreatedKey
) -> None:
    stranger = new_client_secret("dev")
    assert passed(check(strict, [*asked(), *showing(payroll)]))
    for text in ("x", wrong_secret(payroll), stranger.text):
        assert check(strict, [*asked(), *showing(text)]).status_code == 401
    answer = refused_unlooked(strict, [*asked(), *showing(stranger.text)])
    assert "from this address" in refused(answer, 401, "rate_limited")["detail"]
    assert int(answer.headers["retry-after"]) > 0
    signed = [*asked("GET", "/payments?page=2"), *Signed(stranger).pairs()]
    refused(refused_unlooked(strict, signed), 401, "rate_limited")
    assert passed(check(strict, [*asked(), *showing(payroll)]))
    assert passed(check(strict, [*from_elsewhere(), *showing(gl_key)]))


def test_a_program_that_shows_a_deleted_key_keeps_its_replacement_out_for_no_time(
    strict: ServedGateway, payroll: CreatedKey, gl_key: CreatedKey
) -> None:
    revoke_key(actor=PLATFORM, key=payroll.key)
    refused_unlooked(strict, [*asked(), *showing(payroll)])
    assert passed(check(strict, [*asked(), *showing(gl_key)]))
    assert passed(check(strict, [*asked(), *showing(gl_key)]))


def test_it_does_not_take_mistakes_for_guesses(strict: ServedGateway, payroll: CreatedKey) -> None:
    for _ in range(ALLOWED + 2):
        refused(check(strict, asked()), 401, "credential_missing")
        answer = check(strict, [*asked("POST"), *showing(payroll)])
        refused(answer, 403, "permission_denied")
    assert passed(check(strict, [*asked(), *showing(payroll)]))
