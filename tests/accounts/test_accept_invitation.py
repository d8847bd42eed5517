"""Becoming a member: once, in time, with the invited address, while the inviter may invite."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.actor import StaffActor
from accounts.clock import database_now
from accounts.errors import Invalid, InvitationGone
from accounts.models import AuditEvent, Invitation, Membership, StaffRole, Tenant, User
from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from accounts.services.invitations import (
    accept_invitation,
    cancel_invitation,
    find_invitation,
    invite_first_admin,
    invite_member,
    join_as_new_person,
    resend_invitation,
)
from accounts.services.tenants import hand_over_tenant
from tests.accounts.invited import GUEST, last_token
from tests.factories import (
    PASSWORD,
    PLATFORM,
    acting,
    disable,
    end_membership,
    make_member,
    make_person,
    make_tenant,
)
from tests.racing import overtake

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation(northwind: Tenant, alice: User) -> Invitation:
    """Alice's invitation of Gus as GL."""
    return invite_member(actor=acting(alice), tenant=northwind, email=GUEST, role=Role.GL)


@pytest.fixture
def gus(db: None) -> User:
    """Somebody who has a sign-in with the invited address."""
    return make_person("Gus", email=GUEST)


def _join(invitation: Invitation, name: str = "Gus") -> User:
    return join_as_new_person(actor=PLATFORM, invitation=invitation, name=name, password=PASSWORD)


def _is_refused(invitation: Invitation, user: User) -> None:
    """Assert that `user` cannot accept and that nothing is left of the attempt."""
    before: list[Any] = [list(model.objects.values()) for model in (Membership, Invitation)]
    events = AuditEvent.objects.count()
    with pytest.raises(InvitationGone):
        accept_invitation(actor=acting(user), invitation=invitation)
    assert [list(model.objects.values()) for model in (Membership, Invitation)] == before
    assert AuditEvent.objects.count() == events


def test_it_makes_a_member_once(northwind: Tenant, invitation: Invitation, gus: User) -> None:
    accept_invitation(actor=acting(gus), invitation=invitation)
    assert acting(gus).role_in(northwind) == Role.GL
    assert find_invitation(last_token()) is None
    event = AuditEvent.objects.latest("id")
    assert (event.event, event.actor_label, event.data) == (
        "invitation.accepted",
        "Gus",
        {"role": "GL"},
    )
    _is_refused(invitation, gus)


def test_it_is_good_for_one_even_after_they_left(
    northwind: Tenant, invitation: Invitation, gus: User
) -> None:
    accept_invitation(actor=acting(gus), invitation=invitation)
    end_membership(gus, northwind)
    _is_refused(invitation, gus)


def test_it_ends_after_seven_days(invitation: Invitation, gus: User) -> None:
    token = last_token()
    Invitation.objects.update(expires_at=database_now())
    assert find_invitation(token) is None
    _is_refused(invitation, gus)


def test_it_ends_when_it_is_cancelled(alice: User, invitation: Invitation, gus: User) -> None:
    cancel_invitation(actor=acting(alice), invitation=invitation)
    _is_refused(invitation, gus)


def test_it_is_for_the_invited_address_alone(invitation: Invitation, charlie: User) -> None:
    _is_refused(invitation, charlie)


def test_it_wants_the_address_proved(invitation: Invitation, gus: User) -> None:
    EmailAddress.objects.update(verified=False)
    _is_refused(invitation, gus)


def test_it_takes_a_second_address_of_the_person(
    northwind: Tenant, invitation: Invitation, charlie: User
) -> None:
    EmailAddress.objects.create(user=charlie, email=GUEST, verified=True)
    accept_invitation(actor=acting(charlie), invitation=invitation)
    assert acting(charlie).role_in(northwind) == Role.GL


def test_it_takes_nobody_who_is_disabled(invitation: Invitation, gus: User) -> None:
    stale = User.objects.get(pk=gus.pk)
    disable(gus)
    _is_refused(invitation, stale)


@pytest.mark.parametrize("end", ["removed", "demoted", "disabled"])
def test_it_ends_with_the_inviters_right(
    end: str, northwind: Tenant, alice: User, invitation: Invitation, gus: User
) -> None:
    match end:
        case "removed":
            end_membership(alice, northwind)
        case "demoted":
            Membership.objects.filter(user=alice).update(role=Role.GL)
        case _:
            disable(alice)
    _is_refused(invitation, gus)


def test_it_comes_back_when_another_admin_sends_it_again(
    northwind: Tenant, alice: User, invitation: Invitation, gus: User
) -> None:
    end_membership(alice, northwind)
    anna = make_member(northwind, Role.ADMIN)
    resend_invitation(actor=acting(anna), invitation=invitation)
    accept_invitation(actor=acting(gus), invitation=invitation)
    assert acting(gus).role_in(northwind) == Role.GL


def test_it_gives_no_more_than_the_inviter_has_now(
    monkeypatch: pytest.MonkeyPatch, northwind: Tenant, alice: User, gus: User
) -> None:
    invitation = invite_member(actor=acting(alice), tenant=northwind, email=GUEST, role=Role.ADMIN)
    manages = ROLE_PERMISSIONS[Role.GL] | {Permission.MANAGE_MEMBERS}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.GL, manages)
    Membership.objects.filter(user=alice).update(role=Role.GL)
    _is_refused(invitation, gus)


@pytest.mark.parametrize("end", ["disabled", "no staff", "handed over"])
def test_it_ends_with_the_managers_right(end: str, rita: User, oscar: User, gus: User) -> None:
    tenant = make_tenant(relationship_manager=rita)
    invitation = invite_first_admin(actor=StaffActor(rita), tenant=tenant, email=GUEST)
    match end:
        case "disabled":
            disable(rita)
        case "no staff":
            User.objects.filter(pk=rita.pk).update(staff_role="")
        case _:
            other = make_person(staff_role=StaffRole.RELATIONSHIP_MANAGER)
            hand_over_tenant(actor=StaffActor(oscar), tenant=tenant, manager=other)
    _is_refused(invitation, gus)


def test_it_makes_the_first_admin(rita: User, gus: User) -> None:
    tenant = make_tenant(relationship_manager=rita)
    invitation = invite_first_admin(actor=StaffActor(rita), tenant=tenant, email=GUEST)
    accept_invitation(actor=acting(gus), invitation=invitation)
    assert acting(gus).role_in(tenant) == Role.ADMIN


@pytest.mark.parametrize(
    ("held", "invited", "then"),
    [
        (Role.VIEWER, Role.GL, Role.GL),
        (Role.GL, Role.VIEWER, Role.GL),
        (Role.GL, Role.ADMIN, Role.ADMIN),
        (Role.ADMIN, Role.VIEWER, Role.ADMIN),
    ],
)
def test_a_member_keeps_the_higher_role(
    held: Role, invited: Role, then: Role, northwind: Tenant, alice: User
) -> None:
    invitation = invite_member(actor=acting(alice), tenant=northwind, email=GUEST, role=invited)
    gus = make_member(northwind, held, "Gus", email=GUEST)
    accept_invitation(actor=acting(gus), invitation=invitation)
    assert Membership.objects.get(user=gus).role == then


def test_a_new_person_gets_a_proved_sign_in_once(northwind: Tenant, invitation: Invitation) -> None:
    user = _join(invitation, " Gus Green ")
    assert (user.email, user.name, user.check_password(PASSWORD)) == (GUEST, "Gus Green", True)
    assert EmailAddress.objects.get(user=user).verified
    assert acting(user).role_in(northwind) == Role.GL
    assert AuditEvent.objects.latest("id").actor_label == "Gus Green"
    with pytest.raises(InvitationGone):
        _join(invitation)
    assert User.objects.filter(email=GUEST).count() == 1


def test_who_has_a_sign_in_gets_no_second_one(invitation: Invitation, gus: User) -> None:
    with pytest.raises(InvitationGone):
        _join(invitation)
    assert not Membership.objects.filter(user=gus).exists()


@pytest.mark.parametrize("end", ["expired", "cancelled", "inviter gone"])
def test_a_link_that_ended_makes_no_sign_in(
    end: str, northwind: Tenant, alice: User, invitation: Invitation
) -> None:
    match end:
        case "expired":
            Invitation.objects.update(expires_at=database_now())
        case "cancelled":
            cancel_invitation(actor=acting(alice), invitation=invitation)
        case _:
            end_membership(alice, northwind)
    with pytest.raises(InvitationGone):
        _join(invitation)
    assert not User.objects.filter(email=GUEST).exists()


@pytest.mark.parametrize("name", ["Gus\x00", "Gus\nBcc: x", "\u202esuG", "a" * 101])
def test_a_new_person_has_a_name_that_can_be_shown(name: str, invitation: Invitation) -> None:
    with pytest.raises(Invalid) as refused:
        _join(invitation, name)
    assert set(refused.value.errors) == {"name"}
    assert not User.objects.filter(email=GUEST).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_open_the_link_at_once_make_one_sign_in(invitation: Invitation) -> None:
    overtaken = overtake(lambda: _join(invitation), first=lambda: _join(invitation))
    assert overtaken.waited
    assert isinstance(overtaken.outcome, InvitationGone)
    assert User.objects.filter(email=GUEST).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_links_of_two_tenants_make_one_sign_in(
    contoso: Tenant, charlie: User, invitation: Invitation
) -> None:
    other = invite_member(actor=acting(charlie), tenant=contoso, email=GUEST, role=Role.VIEWER)
    overtaken = overtake(lambda: _join(other), first=lambda: _join(invitation))
    assert overtaken.waited
    assert isinstance(overtaken.outcome, InvitationGone)
    with transaction.atomic():
        accept_invitation(actor=acting(User.objects.get(email=GUEST)), invitation=other)
