"""What a key looks like, field by field, to each role."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import User
from apikeys.models import ApiKey, KeyUsage
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import KEYS, SELF, address, calling
from tests.factories import let_expire, make_revoked_key

PLAIN = {
    "client_id",
    "tenant_id",
    "name",
    "description",
    "role",
    "status",
    "prefix",
    "created_at",
    "expiration",
    "last_used_at",
    "revoked_at",
}
USER_DATA = {"email", "created_by", "last_used_from", "revoked_by"}


def test_it_shows_an_admin_every_field(admin: Client, payroll: CreatedKey, alice: User) -> None:
    key = payroll.key
    at = datetime(2026, 11, 22, 10, 11, 12, 345678, tzinfo=UTC)
    ApiKey.objects.filter(pk=key.pk).update(created_at=at)
    KeyUsage.objects.create(key=key, last_used_at=at, last_used_from="192.0.2.7")
    assert admin.get(address(payroll)).json() == {
        "client_id": key.client_id,
        "tenant_id": key.tenant.public_id,
        "name": "Payroll",
        "description": "",
        "role": "viewer",
        "status": "active",
        "prefix": payroll.secret.text[:12],
        "email": "payroll@example.com",
        "created_at": "2026-11-22T10:11:12.345Z",
        "created_by": {"type": "user", "id": alice.public_id, "label": "Alice"},
        "expiration": "never",
        "last_used_at": "2026-11-22T10:11:12.345Z",
        "last_used_from": "192.0.2.7",
        "revoked_at": None,
        "revoked_by": None,
    }


@pytest.mark.parametrize("role", ["viewer", "gl"])
def test_it_leaves_user_data_out_for_who_may_not_read_it(
    request: pytest.FixtureRequest, payroll: CreatedKey, role: str
) -> None:
    caller: Client = request.getfixturevalue(role)
    make_revoked_key(payroll.key.tenant)
    assert set(caller.get(address(payroll)).json()) == PLAIN
    assert set(caller.get(SELF).json()) == PLAIN | {"permissions", "environment"}
    for item in caller.get(KEYS, query_params={"status": "all"}).json()["items"]:
        assert set(item) == PLAIN


def test_it_shows_an_admin_user_data_wherever_keys_are_shown(admin: Client) -> None:
    assert set(admin.get(SELF).json()) == PLAIN | USER_DATA | {"permissions", "environment"}
    (item,) = admin.get(KEYS).json()["items"]
    assert set(item) == PLAIN | USER_DATA


def test_it_keeps_showing_a_revoked_key_without_its_role(
    admin: Client, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    admin.delete(address(payroll))
    shown = admin.get(address(payroll)).json()
    assert (shown["status"], shown["role"]) == ("revoked", None)
    assert shown["revoked_at"].endswith("Z")
    by = {"type": "api_key", "id": admin_key.key.client_id, "label": "Back office"}
    assert shown["revoked_by"] == by


def test_it_shows_an_expired_key_with_its_expiration(admin: Client, payroll: CreatedKey) -> None:
    let_expire(payroll.key)
    shown = admin.get(address(payroll)).json()
    expired_at = shown["expiration"]
    assert (shown["status"], expired_at < shown["created_at"]) == ("expired", True)


def test_it_keeps_the_creators_label_as_it_was(
    admin: Client, payroll: CreatedKey, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(name="Alice Married")
    assert admin.get(address(payroll)).json()["created_by"]["label"] == "Alice"


def test_it_never_shows_a_secret_verifier_or_inner_id(admin: Client, payroll: CreatedKey) -> None:
    text = admin.get(KEYS).content.decode() + admin.get(address(payroll)).content.decode()
    assert payroll.secret.text[13:] not in text
    assert '"id":' not in text.replace('"id":"usr_', "")


def test_it_answers_head_like_get(admin_key: CreatedKey) -> None:
    response = calling(admin_key).head(SELF)
    assert (response.status_code, response.content) == (200, b"")
