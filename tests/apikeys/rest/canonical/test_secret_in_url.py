"""A secret in an address is refused, and the tenant hears of it if the secret is real."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.credentials import new_client_secret
from apikeys.models import KeyUsage
from apikeys.proof.use_log import UseLog
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import KEYS, calling, problem, wrong_secret
from tests.factories import let_expire
from tests.same_bytes import body_of


def events() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(event="key.secret_in_url"))


@pytest.mark.parametrize(
    "address",
    [
        "{keys}?api_key={secret}",
        "{keys}?status=all&x={secret}",
        "{keys}?{secret}",
        "{keys}?x=dev%5F{rest}",
        "{keys}/{secret}",
        "/v1/nowhere?api-key={secret}",
    ],
)
def test_it_refuses_a_secret_anywhere_in_the_address(payroll: CreatedKey, address: str) -> None:
    secret = payroll.secret.text
    url = address.format(keys=KEYS, secret=secret, rest=secret.removeprefix("dev_"))
    problem(Client().get(url), 400, "credential_in_url")
    assert len(events()) == 1


def test_it_refuses_it_also_beside_a_good_credential(payroll: CreatedKey) -> None:
    url = f"{KEYS}?api_key={payroll.secret.text}"
    problem(calling(payroll).get(url), 400, "credential_in_url")


def test_it_records_a_real_secret_in_its_tenants_trail_once_a_minute(payroll: CreatedKey) -> None:
    for _ in range(2):
        Client().get(KEYS, query_params={"api_key": payroll.secret.text})
    (event,) = events()
    assert event.tenant == payroll.key.tenant
    assert event.target_id == payroll.key.client_id
    assert event.actor_id == payroll.key.client_id
    assert payroll.secret.text not in str(event.data)


def test_it_records_an_expired_key_too(payroll: CreatedKey) -> None:
    let_expire(payroll.key)
    Client().get(KEYS, query_params={"api_key": payroll.secret.text})
    assert len(events()) == 1


def test_it_is_no_use_of_the_key(payroll: CreatedKey, uses: UseLog) -> None:
    Client().get(KEYS, query_params={"api_key": payroll.secret.text})
    uses.flush()
    assert not KeyUsage.objects.exists()


def test_it_lets_nobody_write_into_a_trail_with_an_invented_secret(payroll: CreatedKey) -> None:
    real = payroll.secret.text
    for secret in (
        new_client_secret("dev").text,
        wrong_secret(payroll),
        real[:-1] + "-",
        "x" + real,
    ):
        Client().get(KEYS, query_params={"api_key": secret})
    assert not events()


def test_it_answers_a_real_and_an_invented_secret_alike(payroll: CreatedKey) -> None:
    answers = [
        body_of(Client().get(f"{KEYS}?api_key={secret}"))
        for secret in (payroll.secret.text, new_client_secret("dev").text)
    ]
    assert answers[0] == answers[1]
