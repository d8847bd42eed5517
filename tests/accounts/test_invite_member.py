"""Inviting people by mail, sending it again, and taking it back."""

import pytest

from accounts.actor import StaffActor
from accounts.clock import database_now
from accounts.errors import GrantRefused, Invalid, InvitationGone, PermissionRefused
from accounts.models import AuditEvent, Invitation, OutboxMail, StaffRole, Tenant, User
from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from accounts.services.invitations import (
    VALID_FOR,
    cancel_invitation,
    find_invitation,
    hash_token,
    invite_first_admin,
    invite_member,
    resend_invitation,
)
from tests.accounts.invited import GUEST, last_token
from tests.factories import acting, make_member, make_person, make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation(northwind: Tenant, alice: User) -> Invitation:
    """Alice's invitation of a guest as GL."""
    return invite_member(actor=acting(alice), tenant=northwind, email=GUEST, role=Role.GL)


def test_it_mails_a_link_that_is_good_for_seven_days(invitation: Invitation) -> None:
    assert OutboxMail.objects.get().to == GUEST
    assert find_invitation(last_token()) == invitation
    assert abs(invitation.expires_at - database_now() - VALID_FOR).total_seconds() < 60
    assert VALID_FOR.days == 7


def test_it_stores_the_token_hashed_and_tells_it_no_trail(invitation: Invitation) -> None:
    token = last_token()
    assert len(token) >= 43
    assert invitation.token_hash == hash_token(token)
    assert all(token not in str(row) for row in Invitation.objects.values())
    assert all(token not in str(row) for row in AuditEvent.objects.values())
    assert all(invitation.token_hash not in str(row) for row in AuditEvent.objects.values())


def test_it_says_who_invited_whom_as_what(invitation: Invitation) -> None:
    event = AuditEvent.objects.latest("id")
    assert (event.event, event.actor_label) == ("invitation.sent", "Alice")
    assert (event.target_label, event.data) == (GUEST, {"role": "GL"})


@pytest.mark.parametrize("who", ["bob", "vera", "charlie", "rita"])
def test_it_refuses_who_does_not_manage_the_members(
    request: pytest.FixtureRequest, who: str, northwind: Tenant, invitation: Invitation
) -> None:
    user: User = request.getfixturevalue(who)
    for actor in (acting(user), StaffActor(user)):
        with pytest.raises(PermissionRefused):
            invite_member(actor=actor, tenant=northwind, email="b@example.com", role=Role.VIEWER)
        with pytest.raises(PermissionRefused):
            resend_invitation(actor=actor, invitation=invitation)
        with pytest.raises(PermissionRefused):
            cancel_invitation(actor=actor, invitation=invitation)
    assert OutboxMail.objects.count() == 1


def test_it_lets_nobody_invite_above_their_own_role(
    monkeypatch: pytest.MonkeyPatch, northwind: Tenant, bob: User
) -> None:
    manages = ROLE_PERMISSIONS[Role.GL] | {Permission.MANAGE_MEMBERS}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.GL, manages)
    invite_member(actor=acting(bob), tenant=northwind, email="a@example.com", role=Role.GL)
    with pytest.raises(GrantRefused):
        invite_member(actor=acting(bob), tenant=northwind, email="b@example.com", role=Role.ADMIN)


def test_it_lets_nobody_send_again_what_is_above_their_own_role(
    monkeypatch: pytest.MonkeyPatch, northwind: Tenant, alice: User, bob: User
) -> None:
    admin = invite_member(actor=acting(alice), tenant=northwind, email=GUEST, role=Role.ADMIN)
    manages = ROLE_PERMISSIONS[Role.GL] | {Permission.MANAGE_MEMBERS}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.GL, manages)
    with pytest.raises(GrantRefused):
        resend_invitation(actor=acting(bob), invitation=admin)


@pytest.mark.parametrize("email", ["", "guest", "guest@", "gäst@exämple.com", "a@b.c\nd@e.fg"])
def test_it_refuses_what_is_no_address(email: str, northwind: Tenant, alice: User) -> None:
    with pytest.raises(Invalid) as refused:
        invite_member(actor=acting(alice), tenant=northwind, email=email, role=Role.GL)
    assert set(refused.value.errors) == {"email"}
    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize("email", ["bob@example.com", " BOB@example.com "])
def test_it_refuses_a_members_address(
    email: str, northwind: Tenant, alice: User, bob: User
) -> None:
    with pytest.raises(Invalid, match="member already"):
        invite_member(actor=acting(alice), tenant=northwind, email=email, role=Role.ADMIN)


def test_it_has_one_open_invitation_per_address(
    northwind: Tenant, contoso: Tenant, alice: User, charlie: User, invitation: Invitation
) -> None:
    with pytest.raises(Invalid, match="invited already"):
        invite_member(actor=acting(alice), tenant=northwind, email=GUEST.upper(), role=Role.VIEWER)
    invite_member(actor=acting(charlie), tenant=contoso, email=GUEST, role=Role.VIEWER)


def test_a_new_link_ends_the_old_one(alice: User, invitation: Invitation) -> None:
    old = last_token()
    Invitation.objects.update(expires_at=database_now())
    resend_invitation(actor=acting(alice), invitation=invitation)
    assert find_invitation(old) is None
    assert find_invitation(last_token()) == invitation
    assert AuditEvent.objects.latest("id").event == "invitation.resent"
    assert [mail.to for mail in OutboxMail.objects.all()] == [GUEST] * 2


def test_who_sends_it_again_is_the_inviter(northwind: Tenant, invitation: Invitation) -> None:
    anna = make_member(northwind, Role.ADMIN, "Anna")
    resent = resend_invitation(actor=acting(anna), invitation=invitation)
    assert (resent.invited_by_user, resent.invited_by_label) == (anna, "Anna")


def test_a_cancelled_invitation_ends(alice: User, invitation: Invitation) -> None:
    cancel_invitation(actor=acting(alice), invitation=invitation)
    assert find_invitation(last_token()) is None
    assert AuditEvent.objects.latest("id").event == "invitation.cancelled"
    for verb in (cancel_invitation, resend_invitation):
        with pytest.raises(InvitationGone):
            verb(actor=acting(alice), invitation=invitation)


def test_who_was_cancelled_can_be_invited_again(
    northwind: Tenant, alice: User, invitation: Invitation
) -> None:
    cancel_invitation(actor=acting(alice), invitation=invitation)
    invite_member(actor=acting(alice), tenant=northwind, email=GUEST, role=Role.VIEWER)
    assert Invitation.objects.open().get().role == Role.VIEWER


def test_a_manager_invites_the_first_admin_again_with_a_new_link(rita: User) -> None:
    tenant = make_tenant(relationship_manager=rita)
    invite_first_admin(actor=StaffActor(rita), tenant=tenant, email=GUEST)
    old = last_token()
    invite_first_admin(actor=StaffActor(rita), tenant=tenant, email=GUEST)
    assert find_invitation(old) is None
    assert Invitation.objects.open().get().role == Role.ADMIN


def test_a_manager_invites_nobody_where_an_admin_can(
    northwind: Tenant, alice: User, rita: User
) -> None:
    with pytest.raises(Invalid, match="has an admin"):
        invite_first_admin(actor=StaffActor(rita), tenant=northwind, email=GUEST)


def test_another_portfolios_manager_invites_no_first_admin(northwind: Tenant) -> None:
    other = make_person(staff_role=StaffRole.RELATIONSHIP_MANAGER)
    with pytest.raises(PermissionRefused):
        invite_first_admin(actor=StaffActor(other), tenant=northwind, email=GUEST)
