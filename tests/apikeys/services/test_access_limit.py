"""How many active keys a tenant may have: from 1 to the ceiling, above it by operators alone."""

from typing import Any

import pytest

from accounts.actor import StaffActor
from accounts.errors import Invalid
from accounts.models import AuditEvent, Tenant, User
from apikeys.errors import KeyLimitReached
from apikeys.models import ApiKey
from apikeys.services.api_access import access_of, set_key_limit
from apikeys.services.keys import revoke_key
from tests.apikeys.services.access_steps import all_rows
from tests.factories import PLATFORM, make_key

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("limit", [1, 7, 9])
def test_it_takes_every_number_from_one_to_the_ceiling(
    limit: int, northwind: Tenant, rita: User
) -> None:
    set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=limit)
    assert access_of(northwind).key_limit == limit
    event = AuditEvent.objects.latest("id")
    assert (event.event, event.data) == (
        "access.limit_set",
        {"was": 10, "now": limit, "reason": ""},
    )


def test_it_goes_by_the_installations_ceiling(settings: Any, northwind: Tenant, rita: User) -> None:
    settings.KEY_LIMIT_CEILING = 25
    set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=25)
    with pytest.raises(Invalid):
        set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=26)
    assert access_of(northwind).key_limit == 25


@pytest.mark.parametrize("limit", [-1, 0, 1001])
@pytest.mark.parametrize("who", ["rita", "oscar"])
def test_it_refuses_impossible_numbers_from_everybody(
    request: pytest.FixtureRequest, who: str, limit: int, northwind: Tenant
) -> None:
    before = all_rows()
    with pytest.raises(Invalid) as refused:
        set_key_limit(
            actor=StaffActor(request.getfixturevalue(who)),
            tenant=northwind,
            limit=limit,
            reason="Please",
        )
    assert set(refused.value.errors) == {"limit"}
    assert all_rows() == before


def test_it_lets_no_manager_above_the_ceiling(northwind: Tenant, rita: User) -> None:
    with pytest.raises(Invalid, match="ask an operator"):
        set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=11, reason="Please")
    assert access_of(northwind).key_limit == 10


def test_it_lets_an_operator_above_the_ceiling_with_a_reason(
    northwind: Tenant, oscar: User
) -> None:
    with pytest.raises(Invalid) as refused:
        set_key_limit(actor=StaffActor(oscar), tenant=northwind, limit=40)
    assert set(refused.value.errors) == {"reason"}
    set_key_limit(actor=StaffActor(oscar), tenant=northwind, limit=40, reason="12 branches")
    assert AuditEvent.objects.latest("id").data == {"was": 10, "now": 40, "reason": "12 branches"}


def test_it_keeps_the_keys_above_a_lower_limit_and_makes_no_new_one(
    northwind: Tenant, rita: User
) -> None:
    keys = [make_key(northwind).key for _ in range(3)]
    set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=2)
    assert ApiKey.objects.active().count() == 3
    for key in keys[:2]:
        with pytest.raises(KeyLimitReached):
            make_key(northwind)
        revoke_key(actor=PLATFORM, key=key)
    make_key(northwind)
    assert ApiKey.objects.active().count() == 2


def test_it_makes_room_when_it_is_raised(northwind: Tenant, rita: User) -> None:
    set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=1)
    make_key(northwind)
    set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=2)
    make_key(northwind)
    with pytest.raises(KeyLimitReached):
        make_key(northwind)


def test_it_writes_nothing_for_the_limit_that_is_set(northwind: Tenant, rita: User) -> None:
    before = all_rows()
    set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=10)
    assert all_rows() == before


def test_what_an_operator_confirms_only_an_operator_raises(
    northwind: Tenant, rita: User, oscar: User
) -> None:
    """Also the number that stands already."""
    set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=3)
    set_key_limit(actor=StaffActor(oscar), tenant=northwind, limit=3)
    assert AuditEvent.objects.latest("id").data == {"was": 3, "now": 3, "reason": ""}
    with pytest.raises(Invalid, match="At most 3"):
        set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=10)
