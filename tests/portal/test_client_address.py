"""Whatever a proxy says of the client's address, changes go through and events hold an address."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from apikeys.proof.use_log import UseLog
from apikeys.services.keys import CreatedKey
from tests.factories import signed_in

pytestmark = pytest.mark.django_db

SAID = {
    "203.0.113.9": "203.0.113.9",
    "198.51.100.1, 203.0.113.9:51234": "203.0.113.9",
    "[2001:db8::9]:443": "2001:db8::9",
    "fe80::9%eth0": "fe80::9",
    "unknown": None,
    "203.0.113.9\u00a0": "203.0.113.9",
    "x" * 5000: None,
    "198.51.100.1,": "127.0.0.1",
}


@pytest.fixture(autouse=True)
def behind_a_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1


@pytest.mark.parametrize("said", SAID)
def test_a_program_deletes_a_key(said: str, admin_key: CreatedKey, uses: UseLog) -> None:
    url = f"/v1/api-key/keys/{admin_key.key.client_id}?confirm=self"
    client = Client(headers={"api-key": admin_key.secret.text, "x-forwarded-for": said})
    assert client.delete(url).status_code == 204
    assert AuditEvent.objects.get(event="key.revoked").address == SAID[said]
    uses.flush()


@pytest.mark.parametrize("said", SAID)
def test_a_person_deletes_a_key_and_signs_in(said: str, payroll: CreatedKey, alice: User) -> None:
    client, key = signed_in(alice), payroll.key
    url = f"/account/{key.tenant.public_id}/keys/{key.client_id}/delete/"
    assert client.post(url, headers={"x-forwarded-for": said}).status_code == 303
    assert AuditEvent.objects.get(event="key.revoked").address == SAID[said]
    form = {"login": alice.email, "password": "wrong"}
    answer = Client().post("/accounts/login/", form, headers={"x-forwarded-for": said})
    assert answer.status_code == 200
