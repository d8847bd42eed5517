"""The portal's port answers no checks: it trusts a proxy's address, from which strangers come."""

from pathlib import Path

import pytest

from apikeys.models import KeyUsage, KeyUseDay
from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.asking import VERIFY, asked, check, passed, showing
from tests.apikeys.gateway.raw_http import Answered, Caller
from tests.served_gateway import ServedGateway
from tests.served_portal import ServedPortal, portal_process

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
SPELLINGS = (
    VERIFY,
    f"{VERIFY}/",
    f"{VERIFY}?x=1",
    f"{VERIFY}/users/7?x=1",
    f"{VERIFY}/%ff",
    f"{VERIFY}/%E2%82%AC",
    f"{VERIFY}/../verify",
    f"{VERIFY}/v1/api-key/self",
    f"/{VERIFY}",
    "/gateway//verify",
    "/GATEWAY/VERIFY",
    "/%67ateway/verify",
    "/gateway%2Fverify",
    "/gateway",
    "/gateway/",
)
FAMILIES = (
    asked(),
    [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/"), ("X-Forwarded-For", "198.51.100.7")],
    [("X-Original-URI", "/"), ("X-Envoy-External-Address", "198.51.100.7")],
)


def ask(portal: ServedPortal, method: str, target: str, *headers: tuple[str, str]) -> Answered:
    """One request as it is written, with the portal's own host name."""
    lines = ["Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers)]
    head = "".join(f"{line}\r\n" for line in [f"{method} {target} HTTP/1.1", *lines, ""])
    with Caller(portal.server.port) as caller:
        return caller.send(head.encode(), method)


def assert_nothing_there(answered: Answered) -> None:
    """The same page as for any address that the portal does not know, whoever asks."""
    assert answered.status == 404
    for name in ("X-Client-Id", "X-Tenant-Id", "X-Key-Role", "X-Auth-Error", "X-Auth-Problem"):
        assert answered.values(name) == []


@pytest.mark.parametrize("target", SPELLINGS)
def test_no_spelling_of_the_path_leads_to_a_check(
    target: str, served_portal: ServedPortal, admin_key: CreatedKey
) -> None:
    for family in FAMILIES:
        assert_nothing_there(ask(served_portal, "GET", target, *family, *showing(admin_key)))


@pytest.mark.parametrize("method", [*METHODS, "PURGE"])
def test_no_method_leads_to_a_check(
    method: str, served_portal: ServedPortal, admin_key: CreatedKey
) -> None:
    token = ("Authorization", f"Bearer {admin_key.secret.text}")
    for credential in ([], showing(admin_key), showing("nonsense"), [token]):
        assert_nothing_there(ask(served_portal, method, VERIFY, *asked(), *credential))


@pytest.mark.django_db(transaction=True)
def test_nobody_can_forge_where_a_key_was_used(
    payroll: CreatedKey, worker_database: str, tmp_path: Path
) -> None:
    with portal_process(worker_database, tmp_path) as portal:
        for family in FAMILIES:
            ask(portal, "GET", VERIFY, *family, *showing(payroll))
    assert (KeyUsage.objects.count(), KeyUseDay.objects.count()) == (0, 0)


def test_the_unit_answers_the_same_question(
    served_gateway: ServedGateway, admin_key: CreatedKey
) -> None:
    answer = check(served_gateway, [*asked(), *showing(admin_key)])
    assert passed(answer) == admin_key.key.client_id
