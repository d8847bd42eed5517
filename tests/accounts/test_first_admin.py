"""The platform invites an account's first admin and no other: a manager plants nobody."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress

from accounts.actor import StaffActor
from accounts.errors import Invalid, InvitationGone
from accounts.models import AuditEvent, Invitation, Membership, Tenant, User
from accounts.roles import Role
from accounts.services.invitations import (
    accept_invitation,
    find_invitation,
    invite_first_admin,
    invite_member,
    join_as_new_person,
    resend_invitation,
)
from accounts.services.memberships import add_member, change_member_role
from accounts.services.people import enable_person
from tests.accounts.invited import GUEST, last_token
from tests.factories import (
    PASSWORD,
    PLATFORM,
    acting,
    disable,
    make_member,
    make_person,
    make_tenant,
)
from tests.racing import overtake

pytestmark = pytest.mark.django_db

FIRST = "first@example.com"
TAKEN = "This account has an admin, who can invite others."


@pytest.fixture
def lakeside(rita: User) -> Tenant:
    """An account in Rita's portfolio that has no admin yet."""
    return make_tenant("Lakeside", relationship_manager=rita)


@pytest.fixture
def planted(lakeside: Tenant, rita: User) -> Invitation:
    """Rita's invitation of Gus, whom the customer does not know."""
    return invite_first_admin(actor=StaffActor(rita), tenant=lakeside, email=GUEST)


@pytest.fixture
def gus(db: None) -> User:
    """Whom Rita would plant."""
    return make_person("Gus", email=GUEST)


def _joins_by_invitation(tenant: Tenant, rita: User) -> None:
    invitation = invite_first_admin(actor=StaffActor(rita), tenant=tenant, email=FIRST)
    accept_invitation(actor=acting(make_person("Fay", email=FIRST)), invitation=invitation)


def _is_added(tenant: Tenant, rita: User) -> None:
    add_member(actor=PLATFORM, tenant=tenant, user=make_person("Fay"), role=Role.ADMIN)


def _is_raised(tenant: Tenant, rita: User) -> None:
    make_member(tenant, Role.GL, "Fay")
    membership = Membership.objects.get(tenant=tenant)
    change_member_role(actor=PLATFORM, membership=membership, role=Role.ADMIN)


WAYS: dict[str, Callable[[Tenant, User], None]] = {
    "accepts": _joins_by_invitation,
    "is added": _is_added,
    "is raised": _is_raised,
}
"""How the customer's own admin comes to be one."""


def _admins(tenant: Tenant) -> list[str]:
    admins = Membership.objects.current().filter(tenant=tenant, role=Role.ADMIN)
    return [membership.user.display_name for membership in admins.select_related("user")]


@pytest.mark.parametrize("way", WAYS)
def test_it_takes_no_second_first_admin(
    way: str, lakeside: Tenant, rita: User, planted: Invitation, gus: User
) -> None:
    WAYS[way](lakeside, rita)
    Invitation.objects.update(cancelled_at=None, accepted_at=None, accepted_by=None)
    with pytest.raises(InvitationGone):
        accept_invitation(actor=acting(gus), invitation=planted)
    assert _admins(lakeside) == ["Fay"]


def test_it_makes_no_sign_in_for_a_second_first_admin(
    lakeside: Tenant, rita: User, planted: Invitation
) -> None:
    _joins_by_invitation(lakeside, rita)
    with pytest.raises(InvitationGone):
        join_as_new_person(actor=PLATFORM, invitation=planted, name="Gus", password=PASSWORD)
    assert not User.objects.filter(email=GUEST).exists()


def test_it_raises_no_member_where_an_admin_decides(
    lakeside: Tenant, rita: User, planted: Invitation, gus: User
) -> None:
    add_member(actor=PLATFORM, tenant=lakeside, user=gus, role=Role.VIEWER)
    _is_added(lakeside, rita)
    with pytest.raises(InvitationGone):
        accept_invitation(actor=acting(gus), invitation=planted)
    assert acting(gus).role_in(lakeside) == Role.VIEWER


def test_its_link_is_gone_once_there_is_an_admin(
    lakeside: Tenant, rita: User, planted: Invitation
) -> None:
    token = last_token()
    assert find_invitation(token) == planted
    Membership.objects.create(tenant=lakeside, user=make_person(), role=Role.ADMIN)
    assert find_invitation(token) is None


@pytest.mark.parametrize("way", WAYS)
def test_the_platforms_other_invitations_end_when_an_admin_joins(
    way: str, lakeside: Tenant, rita: User, planted: Invitation
) -> None:
    WAYS[way](lakeside, rita)
    planted.refresh_from_db()
    assert not planted.is_open
    event = AuditEvent.objects.get(event="invitation.ended")
    assert (event.target_label, event.tenant) == (GUEST, lakeside)


def test_they_end_when_a_disabled_admin_comes_back(
    lakeside: Tenant, rita: User, oscar: User, gus: User
) -> None:
    fay = make_member(lakeside, Role.ADMIN, "Fay")
    disable(fay)
    planted = invite_first_admin(actor=StaffActor(rita), tenant=lakeside, email=GUEST)
    enable_person(actor=StaffActor(oscar), person=fay)
    with pytest.raises(InvitationGone):
        accept_invitation(actor=acting(gus), invitation=planted)
    assert not Invitation.objects.open().exists()


def test_invitations_of_members_stay_when_an_admin_joins(northwind: Tenant, alice: User) -> None:
    invite_member(actor=acting(alice), tenant=northwind, email=GUEST, role=Role.GL)
    add_member(actor=PLATFORM, tenant=northwind, user=make_person(), role=Role.ADMIN)
    assert Invitation.objects.open().count() == 1


def test_the_platforms_invitations_stay_when_somebody_joins_who_is_no_admin(
    lakeside: Tenant, planted: Invitation
) -> None:
    make_member(lakeside, Role.GL)
    assert Invitation.objects.open().get() == planted


@pytest.mark.django_db(transaction=True)
def test_two_who_accept_at_once_leave_one_admin(
    lakeside: Tenant, rita: User, planted: Invitation, gus: User
) -> None:
    fay = make_person("Fay", email=FIRST)
    own = invite_first_admin(actor=StaffActor(rita), tenant=lakeside, email=FIRST)
    overtaken = overtake(
        lambda: accept_invitation(actor=acting(gus), invitation=planted),
        first=lambda: accept_invitation(actor=acting(fay), invitation=own),
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, InvitationGone)
    assert _admins(lakeside) == ["Fay"]


@pytest.mark.parametrize("email", ["rita@example.com", "Rita@Home.example"])
def test_a_manager_invites_no_address_of_their_own(
    email: str, lakeside: Tenant, rita: User
) -> None:
    EmailAddress.objects.create(user=rita, email="rita@home.example", verified=True)
    with pytest.raises(Invalid, match="your own") as refused:
        invite_first_admin(actor=StaffActor(rita), tenant=lakeside, email=email)
    assert set(refused.value.errors) == {"email"}


def test_a_manager_does_not_accept_what_they_sent(
    lakeside: Tenant, rita: User, planted: Invitation
) -> None:
    EmailAddress.objects.create(user=rita, email=GUEST, verified=True)
    with pytest.raises(InvitationGone):
        accept_invitation(actor=acting(rita), invitation=planted)
    assert not Membership.objects.filter(tenant=lakeside).exists()


def test_an_operator_sends_nobody_a_link_that_would_be_refused(
    northwind: Tenant, alice: User, oscar: User
) -> None:
    invitation = invite_member(actor=acting(alice), tenant=northwind, email=GUEST, role=Role.GL)
    with pytest.raises(Invalid, match=TAKEN):
        resend_invitation(actor=StaffActor(oscar), invitation=invitation)
    with pytest.raises(Invalid, match=TAKEN):
        invite_member(actor=StaffActor(oscar), tenant=northwind, email=FIRST, role=Role.GL)
    invitation.refresh_from_db()
    assert not invitation.invited_as_staff


def test_an_operators_invitation_of_a_first_admin_is_good_for_one(
    contoso: Tenant, oscar: User, gus: User
) -> None:
    invitation = invite_first_admin(actor=StaffActor(oscar), tenant=contoso, email=GUEST)
    accept_invitation(actor=acting(gus), invitation=invitation)
    assert _admins(contoso) == ["Gus"]
