"""Names that pages refuse because an active key has them, and what they suggest."""

import pytest

from accounts.errors import Invalid
from accounts.models import Tenant
from apikeys.models import ApiKey
from apikeys.services.key_names import free_name
from apikeys.services.keys import edit_key, revoke_key
from tests.factories import PLATFORM, let_expire, make_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(northwind: Tenant) -> ApiKey:
    return make_key(northwind, name="Till").key


def _suggestion(tenant: Tenant, name: str) -> str:
    with pytest.raises(Invalid) as refused:
        make_key(tenant, name=name, unique_name=True)
    return refused.value.errors["name"].removeprefix(
        "An active key has this name already. Free is: "
    )


def test_it_suggests_the_next_free_name(northwind: Tenant, till: ApiKey) -> None:
    assert _suggestion(northwind, "Till") == "Till 2"
    make_key(northwind, name="Till 2")
    assert _suggestion(northwind, "tILL") == "tILL 3"


def test_it_makes_a_key_of_the_name_it_suggested(northwind: Tenant, till: ApiKey) -> None:
    free = _suggestion(northwind, "Till")
    assert make_key(northwind, name=free, unique_name=True).key.name == free


def test_it_shortens_a_long_name_to_make_room_for_the_number(northwind: Tenant) -> None:
    make_key(northwind, name="n" * 64)
    assert _suggestion(northwind, "n" * 64) == "n" * 62 + " 2"


def test_it_accepts_repeats_where_nobody_asked_for_a_unique_name(
    northwind: Tenant, till: ApiKey
) -> None:
    assert make_key(northwind, name="Till").key.name == "Till"


def test_it_takes_no_notice_of_expired_revoked_and_foreign_keys(
    northwind: Tenant, contoso: Tenant
) -> None:
    let_expire(make_key(northwind, name="Till").key)
    revoke_key(actor=PLATFORM, key=make_key(northwind, name="Till").key)
    make_key(contoso, name="Till")
    assert make_key(northwind, name="Till", unique_name=True).key.name == "Till"


def test_it_lets_a_key_keep_its_own_name(northwind: Tenant, till: ApiKey) -> None:
    assert free_name(northwind, "TILL", besides=till) == "TILL"
    assert edit_key(actor=PLATFORM, key=till, name="TILL", unique_name=True).name == "TILL"


def test_it_refuses_renaming_to_the_name_of_another_active_key(
    northwind: Tenant, till: ApiKey
) -> None:
    other = make_key(northwind, name="Other").key
    with pytest.raises(Invalid, match="Free is: Till 2"):
        edit_key(actor=PLATFORM, key=other, name="Till", unique_name=True)
