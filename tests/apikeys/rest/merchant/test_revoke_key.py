"""Revoking a key, also with the body that Hyperswitch's dashboard sends."""

import pytest
from django.test import Client

from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.merchant.calls import bad

JSON = "application/json"


@pytest.fixture
def key_url(url: str, payroll: CreatedKey) -> str:
    """Payroll's address."""
    return f"{url}/{payroll.key.client_id}"


@pytest.mark.parametrize(
    "body", ["", "{}", '{"key_id": "ID", "revoked": true}', '{"key_id": "ID"}']
)
def test_it_takes_a_body_that_agrees_with_the_address(
    body: str, admin: Client, key_url: str, payroll: CreatedKey
) -> None:
    body = body.replace("ID", payroll.key.client_id)
    answer = admin.delete(key_url, body, content_type=JSON)
    assert (answer.status_code, answer.json()["revoked"]) == (200, True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"key_id": "dev_00000000000000000000"}', "key_id"),
        ('{"revoked": false}', "revoked"),
        ('{"revoked": "true"}', "revoked"),
        ('{"other": 1}', "other"),
        ("[]", "The body"),
    ],
)
def test_it_refuses_a_body_that_does_not(
    body: str, field: str, admin: Client, key_url: str, payroll: CreatedKey
) -> None:
    assert bad(admin.delete(key_url, body, content_type=JSON)).startswith(field)
    payroll.key.refresh_from_db()
    assert payroll.key.revoked_at is None
