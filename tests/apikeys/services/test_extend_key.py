"""A new expiration makes an expired key active again."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.errors import Invalid
from accounts.models import Tenant, User
from apikeys.errors import KeyLimitReached, KeyRevoked
from apikeys.models import ApiKey
from apikeys.proof.verify import Passed, verify_secret
from apikeys.services.keys import CreatedKey, edit_key, revoke_key
from tests.factories import PLATFORM, acting, let_expire, make_expired_key, make_key

pytestmark = pytest.mark.django_db

TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def expired(northwind: Tenant) -> CreatedKey:
    return make_expired_key(northwind)


@pytest.mark.parametrize("expires_at", [TOMORROW, None])
def test_it_brings_an_expired_key_back(
    expires_at: datetime | None, expired: CreatedKey, alice: User
) -> None:
    key = edit_key(actor=acting(alice), key=expired.key, expires_at=expires_at)
    assert ApiKey.objects.active().get() == key
    assert key.slot == 1
    assert isinstance(verify_secret(expired.secret, address=None), Passed)


def test_it_refuses_to_bring_a_key_back_to_a_full_tenant(
    expired: CreatedKey, northwind: Tenant, alice: User
) -> None:
    for _ in range(10):
        make_key(northwind)
    with pytest.raises(KeyLimitReached):
        edit_key(actor=acting(alice), key=expired.key, expires_at=TOMORROW)
    assert ApiKey.objects.expired().get() == expired.key
    assert ApiKey.objects.active().count() == 10


def test_it_counts_the_key_that_came_back(expired: CreatedKey, northwind: Tenant) -> None:
    for _ in range(9):
        make_key(northwind)
    assert edit_key(actor=PLATFORM, key=expired.key, expires_at=TOMORROW).slot == 10
    with pytest.raises(KeyLimitReached):
        make_key(northwind)


def test_it_takes_a_free_place_if_another_key_has_its_own(
    expired: CreatedKey, northwind: Tenant
) -> None:
    assert make_key(northwind).key.slot == expired.key.slot == 1
    assert edit_key(actor=PLATFORM, key=expired.key, expires_at=None).slot == 2


def test_it_does_not_count_a_change_of_an_active_keys_expiration(northwind: Tenant) -> None:
    keys = [make_key(northwind).key for _ in range(10)]
    assert edit_key(actor=PLATFORM, key=keys[0], expires_at=TOMORROW).slot == 1


def test_it_leaves_an_expired_key_expired_when_only_its_name_changes(
    expired: CreatedKey, northwind: Tenant
) -> None:
    for _ in range(10):
        make_key(northwind)
    assert edit_key(actor=PLATFORM, key=expired.key, name="Old one").name == "Old one"
    assert ApiKey.objects.expired().get() == expired.key


def test_it_refuses_another_time_in_the_past(expired: CreatedKey) -> None:
    with pytest.raises(Invalid, match="in the future"):
        edit_key(
            actor=PLATFORM, key=expired.key, expires_at=datetime.now(UTC) - timedelta(minutes=1)
        )


def test_it_never_brings_a_revoked_key_back(expired: CreatedKey) -> None:
    revoke_key(actor=PLATFORM, key=expired.key)
    with pytest.raises(KeyRevoked):
        edit_key(actor=PLATFORM, key=expired.key, expires_at=TOMORROW)


def test_it_says_at_the_same_moment_expired_in_python_and_in_sql(northwind: Tenant) -> None:
    key = make_key(northwind).key
    let_expire(key, ago=timedelta())
    assert key.expires_at is not None
    assert key.status_at(key.expires_at) == "expired"
    assert list(ApiKey.objects.expired()) == [key]
