"""Which tenants, members and events an actor sees."""

import pytest
from django.contrib.auth import get_user_model

from accounts.models import AuditEvent, Membership, Tenant, User
from accounts.roles import Role
from tests.factories import PLATFORM, acting, disable, end_membership, make_member, make_person

pytestmark = pytest.mark.django_db


def _tenants(user: User) -> set[str]:
    return {tenant.name for tenant in Tenant.objects.visible_to(acting(user))}


@pytest.mark.parametrize(
    ("member", "names"),
    [
        ("alice", {"Northwind Traders"}),
        ("bob", {"Northwind Traders"}),
        ("vera", {"Northwind Traders"}),
        ("charlie", {"Contoso Foods"}),
        ("paula", {"Fabrikam"}),
        ("oscar", set()),
    ],
)
@pytest.mark.usefixtures("northwind", "contoso", "fabrikam")
def test_it_shows_members_their_own_tenants(
    member: str, names: set[str], request: pytest.FixtureRequest
) -> None:
    assert _tenants(request.getfixturevalue(member)) == names


@pytest.mark.usefixtures("alice", "bob")
def test_it_hides_members_and_events_of_other_tenants(charlie: User, contoso: Tenant) -> None:
    actor = acting(charlie)
    assert {m.user for m in Membership.objects.visible_to(actor)} == {charlie}
    assert {e.tenant for e in AuditEvent.objects.visible_to(actor)} == {contoso}
    assert AuditEvent.objects.exclude(tenant=contoso).exists()


def test_it_shows_somebody_with_several_accounts_all_of_them(
    northwind: Tenant, contoso: Tenant, charlie: User
) -> None:
    Membership.objects.create(tenant=northwind, user=charlie, role=Role.VIEWER)
    assert _tenants(charlie) == {"Northwind Traders", "Contoso Foods"}
    assert acting(charlie).role_in(northwind) == Role.VIEWER
    assert acting(charlie).role_in(contoso) == Role.ADMIN


def test_it_shows_nothing_after_a_membership_ended(alice: User, northwind: Tenant) -> None:
    end_membership(alice, northwind)
    assert _tenants(alice) == set()
    assert acting(alice).role_in(northwind) is None


def test_it_shows_nothing_to_somebody_disabled(alice: User, northwind: Tenant) -> None:
    # Also to a request that loaded the person before.
    before = get_user_model().objects.get(pk=alice.pk)
    disable(alice)
    assert _tenants(before) == set()
    assert acting(before).role_in(northwind) is None


@pytest.mark.usefixtures("northwind")
def test_it_shows_nothing_to_somebody_without_a_membership() -> None:
    assert _tenants(make_person()) == set()


@pytest.mark.usefixtures("northwind", "contoso")
def test_it_shows_the_platform_everything() -> None:
    assert Tenant.objects.visible_to(PLATFORM).count() == 2


def test_it_reads_a_persons_rights_once_and_again_when_told(alice: User, northwind: Tenant) -> None:
    actor = acting(alice)
    assert actor.role_in(northwind) == Role.ADMIN
    end_membership(alice, northwind)
    assert actor.role_in(northwind) == Role.ADMIN
    assert actor.reread().role_in(northwind) is None


def test_it_knows_a_member_who_came_later(northwind: Tenant) -> None:
    assert _tenants(make_member(northwind, Role.VIEWER)) == {"Northwind Traders"}
