"""Suspending stops every key of a tenant at once and keeps them; restoring brings them back."""

import pytest

from accounts.actor import StaffActor
from accounts.errors import Invalid
from accounts.models import AuditEvent, Tenant, User
from apikeys.codes import Code
from apikeys.errors import AccessNotEnabled
from apikeys.models import ApiKey
from apikeys.proof.verify import Denied, Passed, verify_secret
from apikeys.services.api_access import access_of, restore_access, suspend_access
from apikeys.services.keys import CreatedKey, create_key, edit_key, revoke_key
from tests.apikeys.services.access_steps import all_rows, suspend
from tests.factories import PLATFORM, acting, let_expire, make_key

pytestmark = pytest.mark.django_db


def _check(key: CreatedKey) -> Passed | Denied:
    return verify_secret(key.secret, address=None)


def _restore(tenant: Tenant, manager: User) -> None:
    restore_access(actor=StaffActor(manager), tenant=tenant, reason="Clarified by phone")


def test_it_stops_every_key_of_the_tenant_and_of_no_other(
    northwind: Tenant,
    rita: User,
    payroll: CreatedKey,
    admin_key: CreatedKey,
    foreign_key: CreatedKey,
) -> None:
    suspend(northwind, rita)
    assert [_check(key) for key in (payroll, admin_key)] == [Denied(Code.ACCESS_SUSPENDED)] * 2
    assert isinstance(_check(foreign_key), Passed)


def test_it_keeps_the_keys_as_they_are(
    northwind: Tenant, rita: User, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    before = list(ApiKey.objects.order_by("pk").values())
    suspend(northwind, rita)
    assert list(ApiKey.objects.order_by("pk").values()) == before


def test_it_brings_back_what_is_neither_deleted_nor_expired(northwind: Tenant, rita: User) -> None:
    kept, expires, goes = (make_key(northwind) for _ in range(3))
    suspend(northwind, rita)
    let_expire(expires.key)
    revoke_key(actor=PLATFORM, key=goes.key)
    _restore(northwind, rita)
    assert isinstance(_check(kept), Passed)
    assert _check(expires) == Denied(Code.KEY_EXPIRED)
    assert _check(goes) == Denied(Code.UNAUTHENTICATED)


def test_it_lets_admins_edit_and_delete_but_create_nothing(
    northwind: Tenant, rita: User, alice: User, payroll: CreatedKey
) -> None:
    suspend(northwind, rita)
    edit_key(actor=acting(alice), key=payroll.key, name="Wages")
    with pytest.raises(AccessNotEnabled):
        create_key(actor=acting(alice), tenant=northwind, email="a@example.com")
    revoke_key(actor=acting(alice), key=payroll.key)
    assert ApiKey.objects.revoked().get().name == "Wages"


def test_it_keeps_both_texts_until_access_is_restored(northwind: Tenant, rita: User) -> None:
    suspend(northwind, rita)
    access = access_of(northwind)
    assert (access.client_text, access.internal_note) == ("We see unusual traffic.", "Ticket 4711")
    _restore(northwind, rita)
    access = access_of(northwind)
    assert (access.client_text, access.internal_note) == ("", "")


def test_it_tells_the_tenants_trail_nothing_of_the_internal_note(
    northwind: Tenant, rita: User
) -> None:
    suspend(northwind, rita)
    event = AuditEvent.objects.latest("id")
    assert event.data == {"text": "We see unusual traffic."}


@pytest.mark.parametrize("field", ["client_text", "internal_note"])
@pytest.mark.parametrize("text", ["", " ", "a" * 501, "zero\x00"])
def test_it_wants_both_texts(field: str, text: str, northwind: Tenant, rita: User) -> None:
    texts = {"client_text": "Stop", "internal_note": "Ticket", field: text}
    before = all_rows()
    with pytest.raises(Invalid) as refused:
        suspend_access(actor=StaffActor(rita), tenant=northwind, **texts)
    assert set(refused.value.errors) == {field}
    assert all_rows() == before


def test_it_restores_with_a_reason_only(northwind: Tenant, rita: User) -> None:
    suspend(northwind, rita)
    with pytest.raises(Invalid):
        restore_access(actor=StaffActor(rita), tenant=northwind, reason="")
    assert access_of(northwind).client_text == "We see unusual traffic."
