"""The portal's own port answers checks too, in front of Django."""

from threading import Event

import httpx
import pytest

from apikeys.gateway import service
from apikeys.services.keys import CreatedKey, revoke_key
from tests.factories import PLATFORM
from tests.gateway.asking import PATIENCE, VERIFY, asked, refused, showing
from tests.served_portal import ServedPortal


def ask(
    portal: ServedPortal, headers: list[tuple[str, str]], method: str = "GET", suffix: str = ""
) -> httpx.Response:
    with httpx.Client(timeout=PATIENCE) as client:
        for _ in range(100):
            answer = client.request(method, portal.url + VERIFY + suffix, headers=headers)
            if answer.status_code != 503:
                break
        return answer


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "BREW"])
@pytest.mark.parametrize("suffix", ["", "/a/b?c", "/%E2%82%AC", "/%ff"])
def test_it_passes_a_good_key(
    method: str, suffix: str, served_portal: ServedPortal, payroll: CreatedKey
) -> None:
    answer = ask(served_portal, [*asked(), *showing(payroll)], method, suffix)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-client-id"] == payroll.key.client_id
    assert not {"set-cookie", "location"} & set(answer.headers)


def test_it_refuses_what_the_unit_refuses(served_portal: ServedPortal, payroll: CreatedKey) -> None:
    refused(ask(served_portal, asked()), 401, "credential_missing")
    refused(ask(served_portal, showing(payroll)), 403, "gateway_unclear")
    answer = ask(served_portal, [*asked("POST"), *showing(payroll)])
    refused(answer, 403, "permission_denied")
    revoke_key(actor=PLATFORM, key=payroll.key)
    refused(ask(served_portal, [*asked(), *showing(payroll)]), 401, "unauthenticated")


def test_it_refuses_checks_from_elsewhere(served_portal: ServedPortal, payroll: CreatedKey) -> None:
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(transport=elsewhere, base_url=served_portal.url) as client:
        answer = client.get(VERIFY, headers=[*asked(), *showing(payroll)])
    refused(answer, 403, "gateway_untrusted")


def test_its_loop_sees_what_happens_between_checks() -> None:
    """The database's return, and the end of a connection, come without a check."""
    seen = Event()
    service._own_loop().call_soon_threadsafe(seen.set)
    assert seen.wait(PATIENCE)
