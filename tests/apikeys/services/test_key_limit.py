"""At most ten active keys per tenant."""

import pytest

from accounts.models import Tenant, User
from apikeys.errors import KeyLimitReached
from apikeys.models import ApiAccess, ApiKey
from apikeys.services.api_access import access_of
from apikeys.services.key_limit import slots
from apikeys.services.keys import revoke_key
from tests.factories import PLATFORM, acting, let_expire, make_key, make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def ten_keys(northwind: Tenant) -> list[ApiKey]:
    """Fill Northwind."""
    return [make_key(northwind).key for _ in range(10)]


def _slots(tenant: Tenant) -> list[int | None]:
    keys = ApiKey.objects.filter(tenant=tenant).active().order_by("slot")
    return list(keys.values_list("slot", flat=True))


def test_it_refuses_the_eleventh_and_says_what_to_do(
    ten_keys: list[ApiKey], northwind: Tenant, alice: User
) -> None:
    with pytest.raises(KeyLimitReached) as refused:
        make_key(northwind, actor=acting(alice))
    assert refused.value.message == (
        "This account may have 10 active keys and has 10. Delete one first."
    )
    assert refused.value.facts == {"limit": 10, "active": 10}
    assert _slots(northwind) == list(range(1, 11))


def test_it_gives_the_place_of_a_revoked_key_to_the_next(
    ten_keys: list[ApiKey], northwind: Tenant
) -> None:
    revoke_key(actor=PLATFORM, key=ten_keys[3])
    assert make_key(northwind).key.slot == 4
    with pytest.raises(KeyLimitReached):
        make_key(northwind)


def test_it_gives_the_place_of_an_expired_key_to_the_next(
    ten_keys: list[ApiKey], northwind: Tenant
) -> None:
    let_expire(ten_keys[6])
    assert make_key(northwind).key.slot == 7
    ten_keys[6].refresh_from_db()
    assert ten_keys[6].slot is None
    with pytest.raises(KeyLimitReached):
        make_key(northwind)


def test_it_counts_each_tenant_alone(ten_keys: list[ApiKey], contoso: Tenant) -> None:
    assert make_key(contoso).key.slot == 1


def test_it_holds_a_tenant_to_its_own_limit() -> None:
    tenant = make_tenant(key_limit=1)
    make_key(tenant)
    with pytest.raises(KeyLimitReached, match="may have 1 active key and has 1"):
        make_key(tenant)


def test_it_keeps_keys_above_a_lowered_limit_and_makes_no_new_one(
    ten_keys: list[ApiKey], northwind: Tenant
) -> None:
    ApiAccess.objects.filter(tenant=northwind).update(key_limit=3)
    counted = slots(northwind, access_of(northwind))
    assert (counted.active, counted.limit, counted.free) == (10, 3, 0)
    for key in ten_keys[:7]:
        revoke_key(actor=PLATFORM, key=key)
    with pytest.raises(KeyLimitReached):
        make_key(northwind)
    revoke_key(actor=PLATFORM, key=ten_keys[7])
    assert make_key(northwind).key.slot == 1
