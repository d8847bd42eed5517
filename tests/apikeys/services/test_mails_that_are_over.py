"""A mail that waits while its matter ends would only confuse: it never goes out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db.models.functions import Now
from django.test import Client

from accounts.actor import StaffActor
from accounts.mailed_codes import mail_code
from accounts.models import EmailChange, Invitation, Membership, OutboxMail, Tenant, User
from accounts.outbox_worker import NO_LONGER_NEEDED
from accounts.roles import Role
from accounts.services.invitations import (
    accept_invitation,
    cancel_invitation,
    invite_member,
    resend_invitation,
)
from accounts.services.memberships import change_member_role, remove_member
from accounts.services.people import disable_person
from accounts.services.sign_in_email import (
    ask_email_change,
    confirm_email_change,
    undo_email_change,
)
from apikeys.services.api_access import (
    approve_request,
    decline_request,
    restore_access,
    withdraw_request,
)
from tests.apikeys.services.access_steps import ask, suspend
from tests.factories import PLATFORM, acting, make_member, make_person

pytestmark = pytest.mark.django_db

NEW = "alice.new@example.com"
HOUR = timedelta(hours=1)


def sent() -> list[str]:
    """Whom the worker mails now, and it keeps no words of what it drops."""
    call_command("run_worker", once=True)
    assert not OutboxMail.objects.exclude(text="").exists()
    assert not OutboxMail.objects.filter(sent_at=None).exclude(last_error=NO_LONGER_NEEDED).exists()
    return [message.to[0] for message in mail.outbox]


@pytest.fixture
def ida(db: None) -> User:
    """Somebody who is invited."""
    return make_person("Ida")


@pytest.fixture
def invitation(northwind: Tenant, alice: User, bob: User, ida: User) -> Invitation:
    """Alice invites Ida; the mail waits."""
    return invite_member(actor=acting(alice), tenant=northwind, email=ida.email, role=Role.GL)


def test_an_invitation_goes_out_while_it_can_be_accepted(invitation: Invitation) -> None:
    assert sent() == [invitation.email]


ENDS_OF_AN_INVITATION: dict[str, Callable[[Invitation], object]] = {
    "cancelled": lambda it: cancel_invitation(actor=PLATFORM, invitation=it),
    "accepted": lambda it: accept_invitation(
        actor=acting(User.objects.get(email=it.email)), invitation=it
    ),
    "expired": lambda it: Invitation.objects.update(expires_at=Now()),
    "the inviter is no admin": lambda it: change_member_role(
        actor=PLATFORM,
        membership=Membership.objects.get(user=it.invited_by_user),
        role=Role.VIEWER,
    ),
    "the invited is disabled": lambda it: disable_person(
        actor=PLATFORM, person=User.objects.get(email=it.email)
    ),
}


@pytest.mark.parametrize("end", ENDS_OF_AN_INVITATION)
def test_an_invitation_that_ended_is_not_mailed(end: str, invitation: Invitation) -> None:
    ENDS_OF_AN_INVITATION[end](invitation)
    assert sent() == []


def test_of_an_invitation_sent_again_only_the_new_link_is_mailed(invitation: Invitation) -> None:
    resend_invitation(actor=PLATFORM, invitation=invitation)
    text = OutboxMail.objects.latest("pk").text
    assert sent() == [invitation.email]
    assert mail.outbox[0].body == text


@pytest.fixture
def change(alice: User) -> EmailChange:
    """Alice asks to sign in with another address; both mails wait."""
    return ask_email_change(actor=acting(alice), person=alice, new_email=NEW)


def test_a_change_of_email_is_mailed_to_both_addresses(change: EmailChange) -> None:
    assert set(sent()) == {change.old_email, NEW}


def test_a_change_of_email_that_was_undone_is_mailed_to_neither(change: EmailChange) -> None:
    undo_email_change(actor=PLATFORM, person=change.user, change=change)
    assert sent() == []


def test_a_confirmed_change_is_mailed_to_the_old_address_alone(change: EmailChange) -> None:
    confirm_email_change(actor=PLATFORM, person=change.user, change=change)
    assert sent() == [change.old_email] * 2


def test_of_two_changes_only_the_last_can_be_confirmed(change: EmailChange, alice: User) -> None:
    ask_email_change(actor=acting(alice), person=alice, new_email="other@example.com")
    assert NEW not in sent()


def test_a_disabled_persons_change_is_told_to_the_old_address_alone(change: EmailChange) -> None:
    """Who disabled them does not know yet that somebody else may have asked for it."""
    disable_person(actor=PLATFORM, person=change.user)
    assert sent() == [change.old_email]


def ask_for_a_code(person: User) -> None:
    mail_code(person.email, "203.0.113.9")


def ask_for_a_new_password(person: User) -> None:
    Client().post("/accounts/password/reset/", {"email": person.email})


@pytest.mark.parametrize("ask_for", [ask_for_a_code, ask_for_a_new_password])
def test_a_link_or_code_is_mailed_to_who_may_sign_in(
    ask_for: Callable[[User], None], alice: User
) -> None:
    ask_for(alice)
    assert sent() == [alice.email]


@pytest.mark.parametrize("ask_for", [ask_for_a_code, ask_for_a_new_password])
def test_a_link_or_code_is_not_mailed_to_who_was_disabled(
    ask_for: Callable[[User], None], alice: User
) -> None:
    ask_for(alice)
    disable_person(actor=PLATFORM, person=alice)
    assert sent() == []


def test_a_link_or_code_that_works_no_more_is_not_mailed(alice: User) -> None:
    ask_for_a_new_password(alice)
    OutboxMail.objects.update(created_at=Now() - HOUR)
    ask_for_a_code(alice)
    code = OutboxMail.objects.latest("pk")
    hour = int(code.matter.split()[1])
    OutboxMail.objects.filter(pk=code.pk).update(matter=f"sign_in_code {hour - 2}")
    assert sent() == []


@pytest.mark.parametrize("end", ["withdrawn", "declined", "the manager is disabled"])
def test_a_request_that_waits_for_nobody_is_not_mailed(
    end: str, juniper: Tenant, nina: User, rita: User, oscar: User
) -> None:
    ask(juniper, nina)
    match end:
        case "withdrawn":
            withdraw_request(actor=acting(nina), tenant=juniper)
        case "declined":
            decline_request(actor=StaffActor(rita), tenant=juniper, text="No")
        case _:
            disable_person(actor=PLATFORM, person=rita)
    assert rita.email not in sent()


def test_a_decision_that_was_changed_is_not_mailed(juniper: Tenant, nina: User, rita: User) -> None:
    ask(juniper, nina)
    decline_request(actor=StaffActor(rita), tenant=juniper, text="No")
    ask(juniper, nina)
    approve_request(actor=StaffActor(rita), tenant=juniper)
    assert sent() == [nina.email]
    assert "is enabled" in mail.outbox[0].body


def test_a_suspension_is_not_mailed_once_it_is_over(
    northwind: Tenant, alice: User, rita: User
) -> None:
    suspend(northwind, rita)
    restore_access(actor=StaffActor(rita), tenant=northwind, reason="Clarified")
    assert sent() == [alice.email]
    assert "is restored" in mail.outbox[0].body


def test_who_administers_an_account_no_more_reads_nothing_about_it(
    northwind: Tenant, alice: User, rita: User
) -> None:
    noor = make_member(northwind, Role.ADMIN, "Noor")
    suspend(northwind, rita)
    remove_member(actor=PLATFORM, membership=Membership.objects.get(user=noor))
    assert sent() == [alice.email]
