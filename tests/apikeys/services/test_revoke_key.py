"""Ending a key for good."""

import pytest

from accounts.errors import PermissionRefused
from accounts.models import AuditEvent, Tenant, User
from accounts.roles import Role
from apikeys.errors import ActorEnded
from apikeys.events import KeyEvent
from apikeys.key_actor import KeyActor
from apikeys.models import AccessState, ApiKey, KeyStatus
from apikeys.services.keys import CreatedKey, revoke_key
from tests.factories import PLATFORM, acting, make_expired_key, make_key, make_member, put_access

pytestmark = pytest.mark.django_db


def test_it_erases_role_verifier_and_public_key_and_keeps_the_row(
    payroll: CreatedKey, alice: User
) -> None:
    revoke_key(actor=acting(alice), key=payroll.key)
    key = ApiKey.objects.get(pk=payroll.key.pk)
    assert (key.role, key.verifier, key.pepper_number, key.public_key, key.slot) == (None,) * 5
    assert key.revoked_at is not None
    assert key.status_at(key.revoked_at) == KeyStatus.REVOKED
    assert (key.revoked_by_type, key.revoked_by_label) == ("user", "Alice")
    assert (key.name, key.email, key.created_by_label) == (
        "Payroll",
        "payroll@example.com",
        "Alice",
    )


def test_it_keeps_the_first_revoker_and_writes_one_event(
    payroll: CreatedKey, northwind: Tenant, alice: User
) -> None:
    anna = make_member(northwind, Role.ADMIN, "Anna")
    first = revoke_key(actor=acting(alice), key=payroll.key, reason=" leaked ")
    second = revoke_key(actor=acting(anna), key=payroll.key, reason="again")
    assert second.revoked_by_label == "Alice"
    assert (second.revoked_at, second.version) == (first.revoked_at, 2)
    event = AuditEvent.objects.get(event=KeyEvent.REVOKED)
    assert event.data == {"role": "viewer", "reason": "leaked"}


def test_it_goes_by_the_database_and_not_by_what_the_caller_holds(payroll: CreatedKey) -> None:
    stale = ApiKey.objects.get(pk=payroll.key.pk)
    revoke_key(actor=PLATFORM, key=payroll.key)
    assert stale.revoked_at is None
    assert revoke_key(actor=PLATFORM, key=stale).version == 2


def test_it_ends_expired_keys_too(northwind: Tenant) -> None:
    key = revoke_key(actor=PLATFORM, key=make_expired_key(northwind).key)
    assert list(ApiKey.objects.revoked()) == [key]
    assert not ApiKey.objects.expired().exists()


def test_it_works_while_access_is_suspended(payroll: CreatedKey, alice: User) -> None:
    put_access(payroll.key.tenant, AccessState.SUSPENDED)
    assert revoke_key(actor=acting(alice), key=payroll.key).revoked_at is not None


def test_it_lets_an_admin_key_end_itself_and_then_nothing_more(
    northwind: Tenant, admin_key: CreatedKey
) -> None:
    actor = KeyActor(admin_key.key)
    assert revoke_key(actor=actor, key=admin_key.key).revoked_by_label == "Back office"
    with pytest.raises(ActorEnded):
        make_key(northwind, actor=actor)


@pytest.mark.parametrize("member", ["bob", "vera", "charlie", "rita", "oscar"])
def test_it_refuses_everybody_who_is_no_admin_of_the_tenant(
    member: str, payroll: CreatedKey, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(PermissionRefused):
        revoke_key(actor=acting(request.getfixturevalue(member)), key=payroll.key)
    payroll.key.refresh_from_db()
    assert payroll.key.revoked_at is None


def test_it_refuses_another_tenants_admin_key(payroll: CreatedKey, foreign_key: CreatedKey) -> None:
    with pytest.raises(PermissionRefused):
        revoke_key(actor=KeyActor(foreign_key.key), key=payroll.key)
