"""Ending all keys of a tenant at once, for good."""

import pytest

from accounts.actor import StaffActor
from accounts.errors import Invalid
from accounts.models import AuditEvent, Tenant, User
from accounts.roles import Role
from apikeys.codes import Code
from apikeys.models import AccessState, ApiKey
from apikeys.proof.verify import Denied, Passed, verify_secret
from apikeys.services.api_access import access_of
from apikeys.services.emergency import revoke_all_keys
from apikeys.services.keys import CreatedKey, revoke_key
from tests.apikeys.services.access_steps import all_rows
from tests.factories import acting, make_expired_key, make_key, make_revoked_key

pytestmark = pytest.mark.django_db


def _revoke_all(
    tenant: Tenant, manager: User, confirmation: str = "", reason: str = "Leaked laptop"
) -> int:
    return revoke_all_keys(
        actor=StaffActor(manager),
        tenant=tenant,
        confirmation=confirmation or tenant.name,
        reason=reason,
    )


def test_it_ends_every_key_of_the_tenant_and_says_how_many(
    northwind: Tenant, rita: User, payroll: CreatedKey, foreign_key: CreatedKey
) -> None:
    make_key(northwind, role=Role.ADMIN)
    make_expired_key(northwind)
    make_revoked_key(northwind)
    assert _revoke_all(northwind, rita) == 3
    keys = ApiKey.objects.filter(tenant=northwind)
    assert set(keys.values_list("role", "verifier", "public_key", "slot")) == {(None,) * 4}
    assert verify_secret(payroll.secret, address=None) == Denied(Code.UNAUTHENTICATED)
    assert isinstance(verify_secret(foreign_key.secret, address=None), Passed)


def test_it_writes_an_event_for_each_key_and_one_for_the_tenant(
    northwind: Tenant, rita: User, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    before = AuditEvent.objects.latest("id").pk
    _revoke_all(northwind, rita)
    first, second, last = AuditEvent.objects.filter(pk__gt=before).order_by("id")
    assert {first.target_id, second.target_id} == {payroll.key.client_id, admin_key.key.client_id}
    assert (first.event, first.data["reason"]) == ("key.revoked", "Leaked laptop")
    assert (last.event, last.target_id) == ("access.all_keys_revoked", northwind.public_id)
    assert last.data == {"keys": 2, "reason": "Leaked laptop"}
    assert {event.actor_label for event in (first, second, last)} == {"Rita"}


@pytest.mark.parametrize("typed", ["yes", "NorthwindTraders", "Northwind", "Contoso Foods"])
def test_it_wants_the_tenants_name_typed(
    typed: str, northwind: Tenant, rita: User, payroll: CreatedKey
) -> None:
    before = all_rows()
    with pytest.raises(Invalid) as refused:
        _revoke_all(northwind, rita, typed)
    assert set(refused.value.errors) == {"confirmation"}
    assert all_rows() == before


def test_it_forgives_a_space_around_the_name(
    northwind: Tenant, rita: User, payroll: CreatedKey
) -> None:
    assert _revoke_all(northwind, rita, " Northwind Traders ") == 1


@pytest.mark.parametrize("reason", ["", "  ", "a" * 501])
def test_it_wants_a_reason(reason: str, northwind: Tenant, rita: User, payroll: CreatedKey) -> None:
    with pytest.raises(Invalid) as refused:
        _revoke_all(northwind, rita, reason=reason)
    assert set(refused.value.errors) == {"reason"}
    assert ApiKey.objects.active().count() == 1


def test_it_leaves_access_enabled_and_places_free(
    northwind: Tenant, rita: User, alice: User
) -> None:
    for _ in range(10):
        make_key(northwind)
    assert _revoke_all(northwind, rita) == 10
    assert access_of(northwind).state == AccessState.ENABLED
    make_key(northwind, actor=acting(alice))


def test_a_manager_ends_a_single_key_with_a_reason_only(rita: User, payroll: CreatedKey) -> None:
    for reason in ("", " ", "zero\x00"):
        with pytest.raises(Invalid) as refused:
            revoke_key(actor=StaffActor(rita), key=payroll.key, reason=reason)
        assert set(refused.value.errors) == {"reason"}
    key = revoke_key(actor=StaffActor(rita), key=payroll.key, reason="Posted in a forum")
    assert key.revoked_by_label == "Rita"
    assert AuditEvent.objects.latest("id").data["reason"] == "Posted in a forum"
