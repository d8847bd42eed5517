"""Who is told of what about API access, in the transaction of what they are told."""

import pytest
from django.db import transaction

from accounts.actor import StaffActor
from accounts.models import OutboxMail, StaffRole, Tenant, User
from accounts.roles import Role
from accounts.services.memberships import add_member
from apikeys.services.api_access import (
    approve_request,
    decline_request,
    enable_access,
    restore_access,
)
from tests.apikeys.services.access_steps import ask, mailed_to, suspend
from tests.factories import (
    PLATFORM,
    disable,
    end_membership,
    make_member,
    make_person,
    make_tenant,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(db: None) -> User:
    """Another operator."""
    return make_person("Olga", staff_role=StaffRole.OPERATOR)


def test_it_tells_the_manager_of_a_request(
    juniper: Tenant, nina: User, rita: User, oscar: User
) -> None:
    ask(juniper, nina)
    assert mailed_to() == [rita.email]


@pytest.mark.usefixtures("olga", "oscar")
@pytest.mark.parametrize("end", ["no manager", "disabled", "no staff", "a member"])
def test_it_tells_the_operators_where_no_manager_can_decide(
    end: str, juniper: Tenant, nina: User, rita: User
) -> None:
    match end:
        case "no manager":
            Tenant.objects.update(relationship_manager=None)
        case "disabled":
            disable(rita)
        case "no staff":
            User.objects.filter(pk=rita.pk).update(staff_role="")
        case _:
            add_member(actor=PLATFORM, tenant=juniper, user=rita, role=Role.VIEWER)
    disable(make_person("Otto", staff_role=StaffRole.OPERATOR))
    make_member(juniper, Role.GL, "Ole", staff_role=StaffRole.OPERATOR)
    ask(juniper, nina)
    assert set(mailed_to()) == {"olga@example.com", "oscar@example.com"}


@pytest.mark.parametrize("decision", ["approved", "enabled", "declined"])
def test_it_tells_the_tenants_admins_how_it_was_decided(
    decision: str, juniper: Tenant, nina: User, rita: User
) -> None:
    noor = make_member(juniper, Role.ADMIN, "Noor")
    make_member(juniper, Role.GL)
    disable(make_member(juniper, Role.ADMIN))
    end_membership(make_member(juniper, Role.ADMIN, "Left"), juniper)
    ask(juniper, nina)
    OutboxMail.objects.all().delete()
    manager = StaffActor(rita)
    match decision:
        case "approved":
            approve_request(actor=manager, tenant=juniper)
        case "enabled":
            enable_access(actor=manager, tenant=juniper)
        case _:
            decline_request(actor=manager, tenant=juniper, text="No")
    assert mailed_to() == [nina.email, noor.email]


def test_it_tells_admins_of_suspension_and_return(
    northwind: Tenant, alice: User, bob: User, rita: User
) -> None:
    suspend(northwind, rita)
    restore_access(actor=StaffActor(rita), tenant=northwind, reason="Clarified")
    assert mailed_to() == [alice.email] * 2
    suspended, restored = OutboxMail.objects.order_by("id")
    assert suspended.subject != restored.subject
    assert "Ticket 4711" not in suspended.text + suspended.html + restored.text + restored.html


def test_it_sends_nothing_that_was_rolled_back(juniper: Tenant, nina: User) -> None:
    with transaction.atomic():
        ask(juniper, nina)
        transaction.set_rollback(True)
    assert mailed_to() == []


def test_it_bothers_nobody_when_a_tenant_is_enabled_unasked(rita: User) -> None:
    tenant = make_tenant(relationship_manager=rita)
    make_member(tenant, Role.ADMIN)
    enable_access(actor=StaffActor(rita), tenant=tenant)
    assert mailed_to() == []
