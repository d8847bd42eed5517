"""What an operator stopped, only an operator starts again."""

import importlib

import pytest
from django.db import connection

from accounts.actor import StaffActor
from accounts.errors import Invalid
from accounts.models import AuditEvent, StaffRole, Tenant, User
from accounts.roles import Role
from accounts.services.memberships import add_member
from accounts.services.people import set_staff_role
from apikeys.errors import AccessStateRefused, StoppedByOperator
from apikeys.models import AccessState, ApiAccess
from apikeys.services.api_access import access_of, restore_access, set_key_limit, suspend_access
from tests.apikeys.services.access_steps import all_rows, mailed_to, suspend
from tests.factories import PLATFORM, make_person, put_access
from tests.racing import overtake

pytestmark = pytest.mark.django_db

ASK = r"^An operator suspended this account, so only an operator restores it\. Ask "


def _restore(tenant: Tenant, staff: User) -> ApiAccess:
    return restore_access(actor=StaffActor(staff), tenant=tenant, reason="Cleared up")


def _limit(tenant: Tenant, staff: User, limit: int) -> None:
    set_key_limit(actor=StaffActor(staff), tenant=tenant, limit=limit, reason="Why not")


def test_a_manager_does_not_restore_what_an_operator_suspended(
    northwind: Tenant, rita: User, oscar: User
) -> None:
    suspend(northwind, oscar)
    with pytest.raises(StoppedByOperator, match=rf"{ASK}Oscar \({oscar.email}\)\.$"):
        _restore(northwind, rita)
    assert access_of(northwind).state == AccessState.SUSPENDED
    refusal = AuditEvent.objects.latest("id")
    assert (refusal.event, refusal.data) == ("access.restored", {"code": "stopped_by_operator"})


def test_every_operator_restores_it(northwind: Tenant, oscar: User) -> None:
    suspend(northwind, oscar)
    _restore(northwind, make_person("Olga", staff_role=StaffRole.OPERATOR))
    access = access_of(northwind)
    assert (access.state, access.suspended_by_operator) == (AccessState.ENABLED, False)


@pytest.mark.parametrize("who", ["rita", "oscar"])
def test_both_restore_what_the_manager_suspended(
    request: pytest.FixtureRequest, who: str, northwind: Tenant, rita: User
) -> None:
    suspend(northwind, rita)
    _restore(northwind, request.getfixturevalue(who))
    assert access_of(northwind).state == AccessState.ENABLED


def test_the_manager_restores_a_later_suspension_of_their_own(
    northwind: Tenant, rita: User, oscar: User
) -> None:
    suspend(northwind, oscar)
    _restore(northwind, oscar)
    suspend(northwind, rita)
    _restore(northwind, rita)


def test_an_operator_who_became_the_manager_does_not_restore_it(
    northwind: Tenant, oscar: User
) -> None:
    suspend(northwind, oscar)
    manager = StaffRole.RELATIONSHIP_MANAGER
    make_person(staff_role=StaffRole.OPERATOR)
    set_staff_role(actor=PLATFORM, person=oscar, staff_role=manager)
    Tenant.objects.filter(pk=northwind.pk).update(relationship_manager=oscar)
    with pytest.raises(StoppedByOperator):
        _restore(northwind, User.objects.get(pk=oscar.pk))


def test_it_names_no_operator_who_is_a_member(northwind: Tenant, rita: User, oscar: User) -> None:
    suspend(northwind, make_person("Olga", staff_role=StaffRole.OPERATOR))
    add_member(actor=PLATFORM, tenant=northwind, user=oscar, role=Role.VIEWER)
    with pytest.raises(StoppedByOperator, match=rf"{ASK}Olga \(olga@example.com\)\.$"):
        _restore(northwind, rita)


def test_an_operator_takes_a_managers_suspension_over(
    northwind: Tenant, rita: User, oscar: User, alice: User
) -> None:
    since = suspend(northwind, rita).changed_at
    suspend_access(
        actor=StaffActor(oscar), tenant=northwind, client_text="Fraud", internal_note="Case 9"
    )
    access = access_of(northwind)
    assert (access.state, access.changed_at) == (AccessState.SUSPENDED, since)
    assert (access.client_text, access.internal_note) == ("Fraud", "Case 9")
    assert AuditEvent.objects.filter(event="access.suspended", outcome="done").count() == 2
    assert mailed_to() == [alice.email] * 2
    with pytest.raises(StoppedByOperator):
        _restore(northwind, rita)


@pytest.mark.parametrize("who", ["rita", "oscar"])
def test_nobody_suspends_again_what_an_operator_suspended(
    request: pytest.FixtureRequest, who: str, northwind: Tenant, rita: User, oscar: User
) -> None:
    suspend(northwind, oscar)
    before = all_rows()
    with pytest.raises(AccessStateRefused):
        suspend(northwind, request.getfixturevalue(who))
    assert all_rows() == before


@pytest.mark.django_db(transaction=True)
def test_a_manager_who_waits_for_an_operators_suspension_does_not_undo_it(
    northwind: Tenant, rita: User, oscar: User
) -> None:
    suspend(northwind, rita)
    overtaken = overtake(lambda: _restore(northwind, rita), first=lambda: suspend(northwind, oscar))
    assert overtaken.waited
    assert isinstance(overtaken.outcome, StoppedByOperator)


def test_a_manager_goes_below_the_limit_of_an_operator_and_not_above(
    northwind: Tenant, rita: User, oscar: User
) -> None:
    _limit(northwind, oscar, 3)
    _limit(northwind, rita, 2)
    _limit(northwind, rita, 3)
    with pytest.raises(Invalid, match="^At most 3; above that ask an operator") as refused:
        _limit(northwind, rita, 4)
    assert set(refused.value.errors) == {"limit"}
    assert access_of(northwind).key_limit == 3


@pytest.mark.parametrize("raised", [10, 40])
def test_an_operator_who_raises_it_gives_the_manager_the_ceiling_back(
    raised: int, northwind: Tenant, rita: User, oscar: User
) -> None:
    _limit(northwind, oscar, 3)
    _limit(northwind, oscar, raised)
    _limit(northwind, rita, 4)
    _limit(northwind, rita, 10)
    assert access_of(northwind).key_limit == 10


def _marked_by_the_migration() -> set[str]:
    """The tenants that the migration marks as suspended by an operator."""
    ApiAccess.objects.update(suspended_by_operator=False)
    migration = importlib.import_module("apikeys.migrations.0009_who_suspended")
    with connection.cursor() as cursor:
        cursor.execute(migration.MARK)
    marked = ApiAccess.objects.filter(suspended_by_operator=True)
    return set(marked.values_list("tenant__name", flat=True))


def test_the_migration_finds_in_the_trail_who_suspended_last(
    northwind: Tenant, contoso: Tenant, fabrikam: Tenant, rita: User, oscar: User
) -> None:
    suspend(northwind, oscar)
    _restore(northwind, oscar)
    suspend(northwind, rita)
    suspend(contoso, oscar)
    assert _marked_by_the_migration() == {contoso.name}


def test_the_migration_takes_everybody_but_a_manager_for_an_operator(
    northwind: Tenant, contoso: Tenant, oscar: User
) -> None:
    suspend(northwind, oscar)
    User.objects.filter(pk=oscar.pk).update(staff_role="")
    put_access(contoso, AccessState.SUSPENDED)  # the trail knows nobody
    assert _marked_by_the_migration() == {northwind.name, contoso.name}
