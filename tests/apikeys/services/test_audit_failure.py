"""An action and its event happen together or not at all."""

from collections.abc import Callable, Iterator

import pytest
from django.db import DatabaseError, transaction

from accounts.errors import PermissionRefused
from accounts.models import Tenant, TenantKind, User
from accounts.roles import Role
from accounts.services.memberships import add_member
from apikeys.models import AccessState
from apikeys.services.api_access import enable_access
from apikeys.services.keys import CreatedKey, assign_role, create_key, edit_key, revoke_key
from apikeys.services.onboarding import open_tenant
from tests.database_roles import as_owner, dump
from tests.factories import PLATFORM, acting, make_person, make_tenant

BREAK = """
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no room for events'; END $$;
    CREATE TRIGGER fail BEFORE INSERT ON accounts_auditevent EXECUTE FUNCTION fail();
"""
MEND = "DROP FUNCTION fail() CASCADE"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def prepared(
    northwind: Tenant, alice: User, bob: User, payroll: CreatedKey
) -> dict[str, Callable[[], object]]:
    """What is tried, by the event that it would have left; all rights and rows are there."""
    admin, key = acting(alice), payroll.key
    newcomer, guest = make_tenant(access=AccessState.NONE), make_person()
    return {
        "key.created": lambda: create_key(actor=admin, tenant=northwind, email="a@example.com"),
        "key.edited": lambda: edit_key(actor=admin, key=key, name="Wages"),
        "key.role_assigned": lambda: assign_role(actor=admin, key=key, role=Role.GL),
        "key.revoked": lambda: revoke_key(actor=admin, key=key),
        "access.enabled": lambda: enable_access(actor=PLATFORM, tenant=newcomer),
        "member.added": lambda: add_member(
            actor=admin, tenant=northwind, user=guest, role=Role.VIEWER
        ),
        "tenant.created": transaction.atomic(
            lambda: open_tenant(actor=PLATFORM, name="New", kind=TenantKind.CORPORATE)
        ),
        "a refusal": lambda: revoke_key(actor=acting(bob), key=key),
    }


@pytest.fixture
def broken_trail(prepared: object) -> Iterator[None]:
    """Let every insert of an event fail, from here to the end of the test."""
    with as_owner() as owner:
        owner.execute(BREAK)
        try:
            yield
        finally:
            owner.execute(MEND)


@pytest.mark.parametrize(
    "event",
    [
        "key.created",
        "key.edited",
        "key.role_assigned",
        "key.revoked",
        "access.enabled",
        "member.added",
        "tenant.created",
        "a refusal",
    ],
)
def test_it_does_nothing_that_it_cannot_write_down(
    event: str, prepared: dict[str, Callable[[], object]], broken_trail: None
) -> None:
    before = dump()
    with pytest.raises(DatabaseError, match="no room for events"):
        prepared[event]()
    assert dump() == before


@pytest.mark.parametrize("event", ["key.created", "key.edited", "key.revoked", "member.added"])
def test_it_would_have_done_it_otherwise(
    event: str, prepared: dict[str, Callable[[], object]]
) -> None:
    before = dump()
    prepared[event]()
    assert dump() != before


def test_it_refuses_and_writes_the_refusal_otherwise(
    prepared: dict[str, Callable[[], object]],
) -> None:
    with pytest.raises(PermissionRefused):
        prepared["a refusal"]()
