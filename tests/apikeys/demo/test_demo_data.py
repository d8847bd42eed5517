"""The demo data: somebody of every kind to sign in as, and every state to look at."""

import pytest

from accounts.models import Invitation, OutboxMail, StaffRole, Tenant, TenantKind, User
from accounts.roles import Role
from apikeys.demo.demo_data import Demo, DemoBuilder
from apikeys.models import AccessRequest, AccessState, ApiAccess
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo() -> Demo:
    return DemoBuilder(PASSWORD).build()


def test_it_has_a_person_for_every_kind_of_user(demo: Demo) -> None:
    kinds = {(person.tenant_kind, person.role) for person in demo.people}
    assert kinds >= {(TenantKind.CORPORATE, role) for role in Role}
    assert kinds >= {(TenantKind.PARTNER, Role.ADMIN), (TenantKind.PARTNER, Role.GL)}
    assert kinds >= {("", StaffRole.OPERATOR), ("", StaffRole.RELATIONSHIP_MANAGER)}
    assert User.objects.filter(staff_role=StaffRole.RELATIONSHIP_MANAGER).count() == 2
    assert Tenant.objects.get(relationship_manager__name="Robert Achebe").name == "Harbour Coffee"


def test_it_has_every_state_of_api_access_and_an_open_invitation(demo: Demo) -> None:
    states = set(ApiAccess.objects.values_list("state", flat=True))
    assert states == set(AccessState.values)
    assert AccessRequest.objects.open().get().tenant.name == "Larch Clinic"
    assert ApiAccess.objects.get(tenant__name="Juniper Books").state == AccessState.NONE
    assert Invitation.objects.valid().get().tenant.name == "Northwind Traders"
    assert OutboxMail.objects.filter(to="rita@example.com").exists()


def test_its_keys_belong_to_tenants_but_for_the_platforms(demo: Demo) -> None:
    assert [key.kind for key in demo.keys if key.tenant_id is None] == ["platform"]
    assert {key.kind for key in demo.keys if key.tenant_id} == {"tenant"}
    assert demo.keys[0].tenant_id == Tenant.objects.get(name="Northwind Traders").public_id
