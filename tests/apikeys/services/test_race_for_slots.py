"""Never an eleventh key, however many ask at once."""

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError

from accounts.actor import Actor
from accounts.models import Tenant
from accounts.roles import Role
from accounts.services import verbs
from apikeys.errors import KeyLimitReached
from apikeys.models import ApiAccess, ApiKey
from apikeys.services import key_limit, keys
from apikeys.services.api_access import access_of
from apikeys.services.key_limit import Slots, take_slot
from apikeys.services.keys import CreatedKey, create_key, edit_key
from tests.factories import PLATFORM, acting, make_expired_key, make_key, make_member, make_tenant
from tests.racing import race, rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove]

AT_ONCE = 24


def _kinds(outcomes: list[object]) -> dict[type, int]:
    kinds = [type(outcome) for outcome in outcomes]
    return {kind: kinds.count(kind) for kind in set(kinds)}


def _active(tenant: Tenant) -> int:
    return ApiKey.objects.filter(tenant=tenant).active().count()


def test_it_makes_ten_keys_of_24_asked_for_at_once() -> None:
    for _ in range(rounds(3, 200)):
        tenant = make_tenant()
        admin = make_member(tenant, Role.ADMIN)
        outcomes = race([_creating(tenant, acting(admin))] * AT_ONCE)
        assert _kinds(outcomes) == {CreatedKey: 10, KeyLimitReached: 14}
        assert _active(tenant) == 10


def test_it_gives_the_last_place_to_one_of_24() -> None:
    for _ in range(rounds(3, 200)):
        tenant = _with_keys(9)
        outcomes = race([_creating(tenant, PLATFORM)] * AT_ONCE)
        assert _kinds(outcomes) == {CreatedKey: 1, KeyLimitReached: 23}


def test_it_counts_expired_keys_that_come_back_at_the_same_time() -> None:
    for _ in range(rounds(1, 50)):
        tenant = make_tenant()
        expired = [make_expired_key(tenant).key for _ in range(12)]
        for _ in range(8):
            make_key(tenant)
        outcomes = race([_extending(key) for key in expired] + [_creating(tenant, PLATFORM)] * 12)
        assert _kinds(outcomes)[KeyLimitReached] == 22
        assert _active(tenant) == 10


def test_it_is_stopped_by_the_index_if_there_were_no_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verbs, "lock_tenant", lambda tenant: Tenant.objects.get(pk=tenant.pk))
    everybody_has_counted = threading.Barrier(AT_ONCE)

    def take_place_together(tenant: Tenant, access: ApiAccess) -> int:
        slot = take_slot(tenant, access)
        everybody_has_counted.wait()
        return slot

    for _ in range(rounds(3, 200)):
        tenant = _with_keys(9)
        with monkeypatch.context() as counting:
            counting.setattr(keys, "take_slot", take_place_together)
            outcomes = race([_creating(tenant, PLATFORM)] * AT_ONCE)
        assert _kinds(outcomes) == {CreatedKey: 1, IntegrityError: 23}
        assert _active(tenant) == 10


def test_it_never_makes_an_eleventh_even_without_the_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verbs, "lock_tenant", lambda tenant: Tenant.objects.get(pk=tenant.pk))
    for _ in range(rounds(3, 200)):
        tenant = _with_keys(8)
        outcomes = race([_creating(tenant, PLATFORM)] * AT_ONCE)
        assert set(_kinds(outcomes)) <= {CreatedKey, KeyLimitReached, IntegrityError}
        assert _active(tenant) <= 10


def test_it_hands_out_no_place_above_the_limit_to_who_counted_too_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tenant = _with_keys(10)
    monkeypatch.setattr(key_limit, "slots", lambda *_: Slots(active=9, limit=10))
    with pytest.raises(KeyLimitReached):
        take_slot(tenant, access_of(tenant))


def _with_keys(number: int) -> Tenant:
    tenant = make_tenant()
    for _ in range(number):
        make_key(tenant)
    return tenant


def _creating(tenant: Tenant, actor: Actor) -> Callable[[], CreatedKey]:
    return lambda: create_key(actor=actor, tenant=tenant, email="ops@example.com")


def _extending(key: ApiKey) -> Callable[[], ApiKey]:
    return lambda: edit_key(actor=PLATFORM, key=key, expires_at=None)
