"""The page behind an invitation's link: who may accept, how, and that looking changes nothing."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from django.db.models.functions import Now
from django.test import Client

from accounts.models import Invitation, Membership, OutboxMail, Tenant, User
from accounts.roles import Role
from accounts.services.invitations import cancel_invitation, invite_member, resend_invitation
from accounts.services.memberships import change_member_role
from portal.logs import redact_text
from tests.factories import PASSWORD, PLATFORM, acting, make_member, make_person, signed_in

IDA = "ida@example.com"
NEW = {"name": "Ida Holm", "password": "a long enough sentence"}


@pytest.fixture
def invited(northwind: Tenant, alice: User) -> Invitation:
    """Ida, whom Alice invited as a GL."""
    return invite_member(actor=acting(alice), tenant=northwind, email=IDA, role=Role.GL)


@pytest.fixture
def link(invited: Invitation) -> str:
    """The path of the link in Ida's mail."""
    return newest_link(IDA)


def newest_link(email: str) -> str:
    """The path in the newest mail to `email`."""
    text = OutboxMail.objects.filter(to=email).latest("pk").text
    found = re.search(r"/invitation/[\w-]+/", text)
    assert found
    return found.group()


def role_of(email: str, tenant: Tenant) -> str | None:
    """The role that the person of this email has now."""
    current = Membership.objects.current().filter(user__email=email, tenant=tenant)
    return current.values_list("role", flat=True).first()


def test_it_shows_what_one_is_invited_to(link: str) -> None:
    """Account, role, who invites, environment, until when."""
    page = Client().get(link).content.decode()
    for words in ("Northwind Traders", "GL", "Alice", IDA, "Sandbox", "Good until"):
        assert words in page


def test_it_changes_nothing_when_a_scanner_follows_the_link(link: str, northwind: Tenant) -> None:
    """Nobody joins, and the link works on."""
    for method in (Client().get, Client().head, Client().get):
        assert method(link).status_code == 200
    assert not User.objects.filter(email=IDA).exists()
    assert Invitation.objects.valid().exists()


def test_it_makes_a_new_person_a_member_and_signs_them_in(link: str, northwind: Tenant) -> None:
    """The link proved the email: no second mail. The link is then used up."""
    client = Client()
    answer = client.post(link, NEW)
    assert answer["Location"] == f"/account/{northwind.public_id}/"
    assert "Welcome to Northwind Traders" in client.get(answer["Location"]).content.decode()
    assert role_of(IDA, northwind) == "GL"
    assert EmailAddress.objects.get(email=IDA).verified
    signs_in = Client().post("/accounts/login/", {"login": IDA, "password": NEW["password"]})
    assert signs_in.status_code == 302
    assert Client().get(link).status_code == 410


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "seven words"}, "at least 15 characters"),
        ({"password": IDA + "123"}, "your name, your email"),
        ({"password": ""}, "Choose a password."),
        ({"name": " "}, "Enter your name."),
        ({"name": "Ida\u202e"}, "control characters"),
        ({"name": "x" * 101}, "at most 100 characters"),
    ],
)
def test_it_asks_for_a_name_and_a_good_password(
    changes: dict[str, str], said: str, link: str
) -> None:
    """422; the name stays in the form and the password does not."""
    answer = Client().post(link, NEW | changes)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert not changes.get("password") or changes["password"] not in page
    assert not User.objects.filter(email=IDA).exists()


def test_it_sends_a_person_with_a_sign_in_there_and_back(link: str, northwind: Tenant) -> None:
    """They accept with a button once they are signed in; their password is not asked for here."""
    make_person("Ida", email=IDA)
    client = Client()
    page = client.get(link).content.decode()
    assert 'name="password"' not in page
    assert f'href="/accounts/login/?next={quote(link, safe="")}"' in page
    signed = client.post("/accounts/login/", {"login": IDA, "password": PASSWORD, "next": link})
    assert signed["Location"] == link
    assert role_of(IDA, northwind) is None
    assert client.post(link).status_code == 303
    assert role_of(IDA, northwind) == "GL"


def test_it_does_not_accept_for_somebody_who_is_not_signed_in(link: str, northwind: Tenant) -> None:
    """A POST with a new password must not take over a sign-in that exists."""
    ida = make_person("Ida", email=IDA)
    before = ida.password
    assert Client().post(link, NEW).status_code == 409
    ida.refresh_from_db()
    assert ida.password == before
    assert role_of(IDA, northwind) is None


def test_it_tells_somebody_else_which_address_is_invited(
    link: str, charlie: User, northwind: Tenant
) -> None:
    """A forwarded mail makes nobody else a member; signing out leads back to the link."""
    client = signed_in(charlie)
    page = client.get(link).content.decode()
    assert IDA in page
    assert "charlie@example.com" in page
    assert f'name="next" value="{link}"' in page
    assert client.post(link, NEW).status_code == 409
    assert not Membership.objects.filter(user=charlie, tenant=northwind).exists()
    assert client.post("/accounts/logout/", {"next": link})["Location"] == link


def test_it_accepts_with_a_second_address_only_if_that_is_proved(
    link: str, charlie: User, northwind: Tenant
) -> None:
    """Whoever merely typed the invited address into their profile is somebody else."""
    address = EmailAddress.objects.create(user=charlie, email=IDA, verified=False)
    client = signed_in(charlie)
    assert client.post(link).status_code == 409
    address.verified = True
    address.save()
    assert 'name="password"' not in Client().get(link).content.decode()
    assert client.post(link).status_code == 303
    assert role_of(charlie.email, northwind) == "GL"


def test_it_says_what_to_do_with_a_link_that_ended(
    link: str, invited: Invitation, alice: User
) -> None:
    """Unknown, replaced, too old, cancelled: one and the same page, 410."""
    unknown = Client().get("/invitation/" + "x" * 43 + "/")
    resend_invitation(actor=acting(alice), invitation=invited)
    replaced = Client().get(link)
    newest = newest_link(IDA)
    assert Client().get(newest).status_code == 200
    Invitation.objects.update(expires_at=Now() - timedelta(seconds=1))
    late = Client().post(newest, NEW)
    cancel_invitation(actor=acting(alice), invitation=invited)
    cancelled = Client().get(newest)
    answers = (unknown, replaced, late, cancelled)
    assert [answer.status_code for answer in answers] == [410] * 4
    assert len({answer.content for answer in answers}) == 1
    assert "ask the person who invited you" in unknown.content.decode()
    assert not User.objects.filter(email=IDA).exists()


def test_it_ends_an_invitation_whose_inviter_may_not_invite_any_more(
    link: str, alice: User, northwind: Tenant
) -> None:
    """The right is checked again when somebody accepts."""
    make_member(northwind, Role.ADMIN, "Anna")
    membership = Membership.objects.current().get(user=alice)
    change_member_role(actor=PLATFORM, membership=membership, role=Role.VIEWER)
    assert Client().post(link, NEW).status_code == 410
    assert not User.objects.filter(email=IDA).exists()


def test_it_never_lowers_the_role_of_who_is_a_member_already(
    link: str, northwind: Tenant, alice: User
) -> None:
    """A GL who accepts an older invitation as a viewer stays GL."""
    gina = make_member(northwind, Role.GL, "Gina")
    invite_member(actor=PLATFORM, tenant=northwind, email="g@example.org", role=Role.VIEWER)
    EmailAddress.objects.create(user=gina, email="g@example.org", verified=True)
    assert signed_in(gina).post(newest_link("g@example.org")).status_code == 303
    assert role_of(gina.email, northwind) == "GL"


def test_it_keeps_its_token_to_itself(link: str) -> None:
    """In no cache, no Referer and no log line; also on the page of a link that ended."""
    for path in (link, "/invitation/" + "x" * 43 + "/"):
        answer = Client().get(path)
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "strict-origin"
    token = link.split("/")[2]
    lines = (f"GET {link}", f"GET /accounts/login/?next=%2Finvitation%2F{token}%2F")
    assert all(token not in redact_text(line) for line in lines)


def test_it_refuses_a_form_that_another_site_sends(link: str, northwind: Tenant) -> None:
    """Who is signed in does not accept by visiting somewhere else."""
    ida = make_person("Ida", email=IDA)
    assert signed_in(ida, enforce_csrf_checks=True).post(link).status_code == 403
    assert role_of(IDA, northwind) is None


def test_it_speaks_of_partners_by_their_name(fabrikam: Tenant) -> None:
    """Partner organisation, Partner Admin."""
    invite_member(actor=PLATFORM, tenant=fabrikam, email=IDA, role=Role.ADMIN)
    page = " ".join(Client().get(newest_link(IDA)).content.decode().split())
    assert "partner organisation" in page
    assert "Partner Admin" in page
