"""Another sign-in email: confirmed at the new address, undone at the old one."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db.models.functions import Now
from django.test import Client

from accounts.models import AuditEvent, EmailChange, OutboxMail, Tenant, User
from accounts.models.email_changes import CONFIRM_WITHIN, UNDO_WITHIN
from accounts.roles import Role
from accounts.services.invitations import has_sign_in, hash_token, invite_member
from accounts.services.people import end_sessions
from tests.factories import PASSWORD, PLATFORM, acting, make_person, signed_in

PAGE = "/accounts/email/"
NEW = "alice.new@example.com"
SECOND = timedelta(seconds=1)


def ask(client: Client, email: str = NEW, password: str = PASSWORD) -> int:
    return client.post(PAGE, {"email": email, "password": password}).status_code


def link_in_mail_to(email: str, part: str) -> str:
    """The path of the newest link of this kind that was mailed to `email`."""
    mail = OutboxMail.objects.filter(to=email, text__contains=f"/email/{part}/").latest("pk")
    found = re.search(rf"http://127\.0\.0\.1:8000(/accounts/email/{part}/\S+)", mail.text)
    assert found
    return found[1]


def confirm(email: str = NEW) -> int:
    return Client().post(link_in_mail_to(email, "confirm")).status_code


def email_of(user: User) -> str:
    user.refresh_from_db()
    return user.email


@pytest.fixture
def asked(alice: User) -> User:
    """Alice, who asked to sign in with NEW."""
    assert ask(signed_in(alice)) == 303
    return alice


@pytest.fixture
def changed(asked: User) -> User:
    """Alice, who signs in with NEW."""
    assert confirm() == 303
    return asked


def test_it_changes_when_the_new_address_confirms_and_not_before(asked: User) -> None:
    assert email_of(asked) == "alice@example.com"
    assert confirm() == 303
    assert email_of(asked) == NEW
    address = EmailAddress.objects.get(user=asked)
    assert (address.email, address.verified, address.primary) == (NEW, True, True)


def test_it_tells_both_addresses_at_once(asked: User) -> None:
    assert {mail.to for mail in OutboxMail.objects.all()} == {"alice@example.com", NEW}


def test_it_asks_for_the_password(alice: User) -> None:
    client = signed_in(alice)
    assert ask(client, password="a wrong password") == 422
    assert not EmailChange.objects.exists()
    assert not OutboxMail.objects.exists()


def test_a_stolen_session_cannot_guess_the_password_there(alice: User) -> None:
    client = signed_in(alice)
    for _ in range(10):
        ask(client, password="a guess")
    assert ask(client) == 429
    assert not EmailChange.objects.exists()


def test_looking_at_a_link_uses_nothing_up(asked: User) -> None:
    """Mail scanners follow links."""
    confirming, undoing = link_in_mail_to(NEW, "confirm"), link_in_mail_to(asked.email, "undo")
    for _ in range(2):
        assert Client().get(confirming).status_code == 200
        assert Client().get(undoing).status_code == 200
    assert email_of(asked) == "alice@example.com"
    assert confirm() == 303


def test_a_link_confirms_once_and_for_an_hour(changed: User) -> None:
    assert confirm() == 410
    ask(signed_in(changed), "third@example.com")
    EmailChange.objects.filter(confirmed_at=None).update(asked_at=Now() - CONFIRM_WITHIN - SECOND)
    assert confirm("third@example.com") == 410


def test_asking_again_ends_the_first_link(asked: User) -> None:
    first = link_in_mail_to(NEW, "confirm")
    ask(signed_in(asked), "third@example.com")
    assert Client().post(first).status_code == 410
    assert confirm("third@example.com") == 303


@pytest.mark.parametrize("part", ["confirm", "undo"])
def test_a_link_cannot_be_made_of_what_the_database_holds(part: str, asked: User) -> None:
    public_id = EmailChange.objects.get().public_id
    other = {"confirm": "undo", "undo": "confirm"}[part]
    signature = link_in_mail_to(NEW if other == "confirm" else asked.email, other).split(":")[1]
    for token in (public_id, f"{public_id}:", f"{public_id}:{signature}"):
        assert Client().get(f"/accounts/email/{part}/{token.strip('/')}/").status_code == 410


@pytest.mark.parametrize("end", ["password", "sessions", "disabled"])
def test_a_change_that_waits_ends_with_the_sign_in_that_asked_for_it(end: str, asked: User) -> None:
    """Whoever is warned and chooses a new password must not lose the account all the same."""
    if end == "password":
        asked.set_password("a longer sentence")
        asked.save()
    elif end == "sessions":
        end_sessions(asked)
    else:
        User.objects.filter(pk=asked.pk).update(is_active=False)
    assert confirm() == 410
    assert email_of(asked) == "alice@example.com"


def test_the_warning_helps_also_after_the_change_has_lapsed(asked: User) -> None:
    EmailChange.objects.update(asked_at=Now() - CONFIRM_WITHIN - SECOND)
    thief = signed_in(asked)
    assert Client().post(link_in_mail_to("alice@example.com", "undo")).status_code == 303
    assert thief.get("/account/").status_code == 302


def test_each_warning_stops_whatever_was_asked_for_since(asked: User) -> None:
    first = link_in_mail_to("alice@example.com", "undo")
    ask(signed_in(asked), "third@example.com")
    confirm("third@example.com")
    assert Client().post(first).status_code == 303
    assert email_of(asked) == "alice@example.com"


def test_an_invitation_to_the_old_address_is_still_the_persons(
    changed: User, contoso: Tenant
) -> None:
    invitation = invite_member(
        actor=PLATFORM, tenant=contoso, email="alice@example.com", role=Role.VIEWER
    )
    token = "of-an-invitation"  # noqa: S105  # stands in a link
    type(invitation).objects.filter(pk=invitation.pk).update(token_hash=hash_token(token))
    assert "Sign in with the new one" in Client().get(f"/invitation/{token}/").content.decode()
    assert signed_in(changed).post(f"/invitation/{token}/").status_code == 303
    assert acting(changed).role_in(contoso) == Role.VIEWER


def test_the_old_address_stops_a_change_that_waits(asked: User) -> None:
    assert Client().post(link_in_mail_to("alice@example.com", "undo")).status_code == 303
    assert confirm() == 410
    assert email_of(asked) == "alice@example.com"


def test_the_old_address_undoes_a_change(changed: User) -> None:
    assert Client().post(link_in_mail_to("alice@example.com", "undo")).status_code == 303
    assert email_of(changed) == "alice@example.com"
    assert EmailAddress.objects.get(user=changed).email == "alice@example.com"


def test_the_link_of_the_first_mail_undoes_it_too(asked: User) -> None:
    """Whoever finds only that one."""
    first = link_in_mail_to("alice@example.com", "undo")
    confirm()
    assert Client().post(first).status_code == 303
    assert email_of(asked) == "alice@example.com"


def test_undoing_ends_every_sign_in_and_the_password(asked: User) -> None:
    """Whoever asked for the change knew the password."""
    thief = signed_in(asked)
    confirm()
    Client().post(link_in_mail_to("alice@example.com", "undo"))
    assert thief.get("/account/").status_code == 302
    asked.refresh_from_db()
    assert not asked.has_usable_password()


def test_undoing_leads_to_a_new_password(changed: User) -> None:
    owner = Client()
    answer = owner.post(link_in_mail_to("alice@example.com", "undo"), follow=True)
    form = {"password1": "a longer sentence", "password2": "a longer sentence"}
    assert owner.post(answer.redirect_chain[-1][0], form).status_code == 302
    changed.refresh_from_db()
    assert changed.check_password("a longer sentence")


def test_undoing_takes_back_what_was_changed_since(changed: User) -> None:
    """A thief who moves on to a third address gains nothing, nor by undoing that."""
    ask(signed_in(changed), "third@example.com")
    confirm("third@example.com")
    assert Client().post(link_in_mail_to("alice@example.com", "undo")).status_code == 303
    assert email_of(changed) == "alice@example.com"
    assert Client().post(link_in_mail_to(NEW, "undo")).status_code == 410


def test_it_can_be_undone_for_seven_days(changed: User) -> None:
    EmailChange.objects.update(confirmed_at=Now() - UNDO_WITHIN + timedelta(minutes=1))
    assert Client().get(link_in_mail_to("alice@example.com", "undo")).status_code == 200
    EmailChange.objects.update(confirmed_at=Now() - UNDO_WITHIN - SECOND)
    assert Client().post(link_in_mail_to("alice@example.com", "undo")).status_code == 410
    assert email_of(changed) == NEW


def test_the_old_address_is_kept_for_its_owner_meanwhile(changed: User) -> None:
    assert has_sign_in("alice@example.com")
    assert not has_sign_in("alice@example.com", but=changed)
    EmailChange.objects.update(confirmed_at=Now() - UNDO_WITHIN - SECOND)
    assert not has_sign_in("alice@example.com")


def test_one_may_go_back_to_the_old_address(changed: User) -> None:
    assert ask(signed_in(changed), "alice@example.com") == 303
    assert confirm("alice@example.com") == 303
    assert email_of(changed) == "alice@example.com"


def test_an_address_that_somebody_has_is_answered_like_any_other(alice: User) -> None:
    """Its owner reads that nothing happens; no link is made."""
    make_person("Dora")
    client = signed_in(alice)
    answers = [
        client.post(PAGE, {"email": email, "password": PASSWORD}, follow=True)
        for email in ("dora@example.com", "free@example.com")
    ]
    pages = [answer.content.decode() for answer in answers]
    assert without_tokens(pages[0]) == without_tokens(pages[1]).replace("free@", "dora@")
    mail = OutboxMail.objects.get(to="dora@example.com")
    assert "/email/" not in mail.text


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_somebody_who_joins_with_the_address_first_keeps_it(asked: User) -> None:
    make_person("Dora", email=NEW)
    assert confirm() == 410
    assert email_of(asked) == "alice@example.com"


@pytest.mark.parametrize(
    "email", ["", "no address", "alice@example.com", "á@example.com", "a" * 250 + "@example.com"]
)
def test_it_says_what_is_wrong_with_an_address(email: str, alice: User) -> None:
    assert ask(signed_in(alice), email) == 422
    assert not EmailChange.objects.exists()


def test_each_step_is_an_event(changed: User) -> None:
    Client().post(link_in_mail_to("alice@example.com", "undo"))
    events = AuditEvent.objects.filter(target_id=changed.public_id).order_by("pk")
    assert [event.event for event in events] == [
        "person.email_change_asked",
        "person.email_changed",
        "person.email_change_undone",
    ]
    assert all(event.actor_id == changed.public_id for event in events)
    assert events[1].data == {"was": "alice@example.com", "now": NEW}


def test_a_person_and_an_address_get_so_many_mails_in_an_hour(alice: User, bob: User) -> None:
    client = signed_in(alice)
    for _ in range(5):
        assert ask(client) == 303
    refused = client.post(PAGE, {"email": "other@example.com", "password": PASSWORD})
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "within an hour" in refused.content.decode()
    assert ask(signed_in(bob)) == 429
    assert ask(signed_in(bob), "bob.new@example.com") == 303
