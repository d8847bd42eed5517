"""Opening an account: the tenant, and the invitation of its first admin."""

import pytest

from accounts.actor import StaffActor
from accounts.errors import AlreadyOpened, Invalid, StaffRefused
from accounts.models import AuditEvent, Invitation, OutboxMail, Outcome, Tenant, TenantKind, User
from accounts.public_ids import new_tenant_id
from accounts.roles import Role
from accounts.services.invitations import accept_invitation
from apikeys.models import AccessState
from apikeys.services.api_access import access_of
from apikeys.services.onboarding import onboard_tenant
from tests.factories import acting, disable, make_person
from tests.racing import race

pytestmark = pytest.mark.django_db

FIRST = "first@example.com"


def _onboard(person: User, **fields: str) -> Tenant:
    given = {"name": "Juniper Books", "kind": "corporate", "admin_email": FIRST} | fields
    return onboard_tenant(actor=StaffActor(person), **given)


@pytest.mark.parametrize("kind", TenantKind)
def test_it_opens_an_account_in_the_managers_portfolio(kind: str, rita: User) -> None:
    tenant = _onboard(rita, kind=kind, name=" Juniper Books ", admin_email=" First@Example.com ")
    assert (tenant.name, tenant.kind, tenant.contact_email) == ("Juniper Books", kind, FIRST)
    assert tenant.relationship_manager == rita
    assert access_of(tenant).state == AccessState.NONE
    assert access_of(tenant).key_limit == 10


def test_it_invites_the_first_admin_by_mail(rita: User) -> None:
    tenant = _onboard(rita)
    invitation = Invitation.objects.get()
    assert (invitation.tenant, invitation.email, invitation.role) == (tenant, FIRST, Role.ADMIN)
    assert OutboxMail.objects.get().to == FIRST
    first = make_person(email=FIRST)
    accept_invitation(actor=acting(first), invitation=invitation)
    assert acting(first).role_in(tenant) == Role.ADMIN


def test_it_writes_both_events(rita: User) -> None:
    tenant = _onboard(rita)
    trail = AuditEvent.objects.filter(tenant=tenant).order_by("id")
    assert list(trail.values_list("event", "actor_label")) == [
        ("tenant.created", "Rita"),
        ("invitation.sent", "Rita"),
    ]


def test_an_operators_account_has_no_manager_yet(oscar: User) -> None:
    assert _onboard(oscar).relationship_manager is None
    assert OutboxMail.objects.get().to == FIRST


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "a" * 101),
        ("name", "\u202eevil"),
        ("name", "zero\x00"),
        ("kind", "charity"),
        ("admin_email", "first"),
        ("admin_email", ""),
        ("admin_email", "rita@example.com"),
    ],
)
def test_it_opens_nothing_with_a_wrong_field(field: str, value: str, rita: User) -> None:
    with pytest.raises(Invalid) as refused:
        _onboard(rita, **{field: value})
    assert set(refused.value.errors) == {field}
    assert not Tenant.objects.exists()
    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize("who", ["an admin", "a disabled manager"])
def test_only_staff_open_accounts(who: str, alice: User, rita: User) -> None:
    person = alice
    if who == "a disabled manager":
        person = User.objects.get(pk=rita.pk)
        disable(rita)
    before = Tenant.objects.count()
    with pytest.raises(StaffRefused):
        _onboard(person)
    assert Tenant.objects.count() == before
    refusal = AuditEvent.objects.get(outcome=Outcome.REFUSED)
    assert (refusal.event, refusal.target_id, refusal.tenant) == (
        "tenant.created",
        person.public_id,
        None,
    )


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_opens_one_account(rita: User) -> None:
    public_id = new_tenant_id()
    outcomes = race([lambda: _onboard(rita, public_id=public_id)] * 4)
    assert sum(isinstance(outcome, Tenant) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyOpened) for outcome in outcomes) == 3
    assert Invitation.objects.count() == 1
