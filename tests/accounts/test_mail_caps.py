"""We fill no mailbox: so many mails per sender, account and recipient, and it says so."""

import pytest
from django.test import Client

from accounts.actor import StaffActor
from accounts.errors import TooMany
from accounts.models import Invitation, OutboxMail, Tenant, User
from accounts.roles import Role
from accounts.services.invitations import (
    cancel_invitation,
    invite_first_admin,
    invite_member,
    resend_invitation,
)
from apikeys.models import AccessState
from apikeys.services.api_access import request_access, withdraw_request
from tests.factories import PLATFORM, acting, make_member, make_tenant, put_access, signed_in

pytestmark = pytest.mark.usefixtures("endless_windows")


def invite(person: User, tenant: Tenant, email: str) -> Invitation:
    return invite_member(actor=acting(person), tenant=tenant, email=email, role=Role.VIEWER)


def invite_many(person: User, tenant: Tenant, count: int) -> None:
    for number in range(count):
        invite(person, tenant, f"{person.name.lower()}.{number}@example.com")


def test_a_person_invites_so_many_in_an_hour(alice: User, northwind: Tenant) -> None:
    invite_many(alice, northwind, 30)
    with pytest.raises(TooMany, match="You asked for 30 invitations within an hour"):
        invite(alice, northwind, "one.more@example.com")
    assert not Invitation.objects.filter(email="one.more@example.com").exists()


def test_an_account_invites_so_many_in_an_hour(alice: User, northwind: Tenant) -> None:
    second = make_member(northwind, Role.ADMIN, "Second")
    third = make_member(northwind, Role.ADMIN, "Third")
    invite_many(alice, northwind, 30)
    invite_many(second, northwind, 30)
    with pytest.raises(TooMany, match="This account asked for 60 invitations"):
        invite(third, northwind, "one.more@example.com")


def test_an_address_is_invited_so_often_whoever_invites(alice: User, northwind: Tenant) -> None:
    """Also from several accounts, by inviting and cancelling, and by sending again."""
    other = make_tenant()
    admin = make_member(other, Role.ADMIN)
    first = invite(alice, northwind, "ida@example.com")
    resend_invitation(actor=acting(alice), invitation=first)
    cancel_invitation(actor=acting(alice), invitation=first)
    again = invite(alice, northwind, "Ida@Example.com")
    for _ in range(2):
        resend_invitation(actor=acting(alice), invitation=again)
    with pytest.raises(TooMany, match="5 invitations for this address"):
        invite(admin, other, "ida@example.com")
    with pytest.raises(TooMany):
        resend_invitation(actor=acting(alice), invitation=again)
    assert OutboxMail.objects.filter(to="ida@example.com").count() == 5


def test_a_relationship_manager_counts_too(rita: User) -> None:
    tenant = make_tenant(relationship_manager=rita)
    for _ in range(5):
        invite_first_admin(actor=StaffActor(rita), tenant=tenant, email="ida@example.com")
    with pytest.raises(TooMany):
        invite_first_admin(actor=StaffActor(rita), tenant=tenant, email="ida@example.com")


def test_the_platforms_commands_have_no_cap(northwind: Tenant) -> None:
    for _ in range(7):
        invitation = invite_member(
            actor=PLATFORM, tenant=northwind, email="ida@example.com", role=Role.VIEWER
        )
        cancel_invitation(actor=PLATFORM, invitation=invitation)


def test_an_account_asks_for_access_so_often(alice: User, northwind: Tenant) -> None:
    put_access(northwind, AccessState.NONE)
    for _ in range(5):
        request_access(actor=acting(alice), tenant=northwind, reason="Payroll")
        withdraw_request(actor=acting(alice), tenant=northwind)
    with pytest.raises(TooMany, match="5 requests for API access"):
        request_access(actor=acting(alice), tenant=northwind, reason="Payroll")


def test_the_page_says_so(alice: User, northwind: Tenant) -> None:
    client = signed_in(alice)
    answers = [resent(client, northwind, number) for number in range(7)]
    assert answers[-1][0] == 429
    assert "within an hour, which is the most" in answers[-1][1]
    assert "Try again in" in answers[-1][1]


def resent(client: Client, tenant: Tenant, number: int) -> tuple[int, str]:
    base = f"/account/{tenant.public_id}/members/"
    if number == 0:
        answer = client.post(f"{base}invite/", {"email": "ida@example.com", "role": "viewer"})
    else:
        invitation = Invitation.objects.get(email="ida@example.com")
        answer = client.post(f"{base}invitations/{invitation.public_id}/resend/")
    return answer.status_code, answer.content.decode()
