"""What the link in a mail holds opens something: it never stands in the log."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import httpx
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.urls import resolve

from accounts.actor import StaffActor
from accounts.models import OutboxMail, Tenant, User
from accounts.roles import Role
from accounts.services.invitations import invite_member
from apikeys.models import AccessState
from apikeys.services.api_access import (
    decline_request,
    request_access,
    restore_access,
    suspend_access,
)
from portal.logs import REDACTED, redact
from tests.factories import PASSWORD, acting, make_person, put_access, signed_in
from tests.served_portal import ServedPortal

OPENS_SOMETHING = {"token", "key", "uidb36"}
"""Parts of routes that only who got the mail may know."""
PUBLIC = {"tenant_id"}
WRITTEN_AS: list[Callable[[str], str]] = [
    lambda url: url,
    lambda url: urlsplit(url).path,
    lambda url: f"GET {urlsplit(url).path}?next=/",
    lambda url: f"/accounts/login/?next={quote(urlsplit(url).path, safe='')}",
    lambda url: f"/x/?next={quote(quote(urlsplit(url).path, safe=''), safe='')}&y=1",
    lambda url: f'{{"url": "{url}"}}',
    lambda url: url.upper(),
]


class Everybody:
    """Who causes mails, by the doors that people have."""

    def __init__(self, alice: User, rita: User, northwind: Tenant) -> None:
        self.alice, self.rita, self.northwind = alice, rita, northwind

    def invitation(self) -> None:
        """Alice invites somebody."""
        invite_member(
            actor=acting(self.alice),
            tenant=self.northwind,
            email="new@example.com",
            role=Role.VIEWER,
        )

    def access_requested(self) -> None:
        """Alice asks for API access."""
        put_access(self.northwind, AccessState.NONE)
        request_access(actor=acting(self.alice), tenant=self.northwind, reason="Payroll")

    def access_decided(self) -> None:
        """Rita declines."""
        self.access_requested()
        decline_request(actor=StaffActor(self.rita), tenant=self.northwind, text="Not yet")

    def access_suspended(self) -> None:
        """Rita suspends."""
        suspend_access(
            actor=StaffActor(self.rita), tenant=self.northwind, client_text="x", internal_note="x"
        )

    def access_restored(self) -> None:
        """Rita restores what she suspended."""
        self.access_suspended()
        restore_access(actor=StaffActor(self.rita), tenant=self.northwind, reason="x")

    def sign_in_code(self) -> None:
        """Alice asks for a code."""
        Client().post("/accounts/login/mail-code/", {"login": self.alice.email})

    def email_change_asked(self, email: str = "alice.new@example.com") -> None:
        """Alice asks for another sign-in email."""
        form = {"email": email, "password": PASSWORD}
        signed_in(self.alice).post("/accounts/email/", form)

    email_change_confirm = email_change_asked

    def email_change_taken(self) -> None:
        """Alice asks for an address that Rita has."""
        self.email_change_asked(self.rita.email)

    def email_changed(self) -> None:
        """Alice confirms."""
        self.email_change_asked()
        mail = OutboxMail.objects.get(to="alice.new@example.com")
        (link,) = links_in(mail.text, "/email/confirm/")
        Client().post(urlsplit(link).path)

    def password_reset_key(self) -> None:
        """Alice has forgotten her password."""
        Client().post("/accounts/password/reset/", {"email": self.alice.email})

    def email_confirmation(self) -> None:
        """Somebody whose address was never confirmed signs in."""
        dora = make_person("Dora")
        EmailAddress.objects.filter(user=dora).update(verified=False)
        Client().post("/accounts/login/", {"login": dora.email, "password": PASSWORD})


def kinds() -> list[str]:
    """Every mail that has a text, ours and allauth's."""
    templates = Path(settings.BASE_DIR) / "templates"
    ours = [folder.parent.name for folder in templates.glob("mail/*/text.txt")]
    allauths = templates.glob("account/email/*_subject.txt")
    return sorted([*ours, *(path.name.removesuffix("_subject.txt") for path in allauths)])


def links_in(text: str, part: str = "/") -> list[str]:
    return [link for link in re.findall(r"http://127[^\s<>\"]+", text) if part in link]


@pytest.mark.parametrize("kind", kinds())
def test_it_takes_out_of_the_log_what_a_mails_links_hold(
    kind: str, alice: User, rita: User, northwind: Tenant
) -> None:
    getattr(Everybody(alice, rita, northwind), kind)()
    mails = OutboxMail.objects.all()
    assert mails
    for link in {
        link for mail in mails for body in (mail.text, mail.html) for link in links_in(body)
    }:
        parts = resolve(urlsplit(link).path or "/").kwargs
        assert set(parts) <= OPENS_SOMETHING | PUBLIC
        for written in WRITTEN_AS:
            said = str(redact(None, "info", {"event": written(link)})["event"])
            for name in OPENS_SOMETHING & set(parts):
                assert REDACTED in said
                for piece in re.split(r"[:-]", parts[name]):
                    assert piece.upper() not in unquote(unquote(said)).upper() or len(piece) < 5


@pytest.mark.parametrize(
    "path",
    [
        "/invitation//TOKEN/",
        "/invitation/./TOKEN/",
        "//invitation/TOKEN",
        "/invitation/'TOKEN",
        "/invitation/&TOKEN",
        "invitation/TOKEN/",
        "\\/invitation\\/TOKEN\\/",
        "/invitation\\u002FTOKEN",
        "/accounts/email/confirm/a/TOKEN",
        "/accounts/password//reset/key//1-TOKEN/",
        "/accounts/login/?next=/%2Finvitation%2F%2FTOKEN",
        "https://portal.example.com/invitation//TOKEN",
    ],
)
def test_it_takes_out_of_the_log_what_a_mangled_link_holds(path: str) -> None:
    """Such an address leads nowhere, so its token still works."""
    assert "TOKEN" not in str(redact(None, "info", {"event": f"GET {path} refused"})["event"])


def test_the_line_of_a_mangled_link_holds_no_token(
    served_portal: ServedPortal, alice: User, northwind: Tenant
) -> None:
    invite_member(actor=acting(alice), tenant=northwind, email="ida@example.com", role=Role.GL)
    (link,) = links_in(OutboxMail.objects.get(to="ida@example.com").text, "/invitation/")
    token = urlsplit(link).path.split("/")[2]
    for path in (f"/invitation//{token}/", f"/invitation/./{token}/", f"/x/invitation/{token}/y"):
        httpx.get(served_portal.url + path)
    assert token not in served_portal.log.read_text(encoding="utf-8")


def test_it_leaves_what_else_a_line_says() -> None:
    said = redact(None, "info", {"event": "GET /invitation/abc/?next=/account/x/ from 192.0.2.1"})
    assert said["event"] == f"GET /invitation/{REDACTED}/?next=/account/x/ from 192.0.2.1"


def test_a_page_of_the_portal_is_no_link_of_a_mail() -> None:
    for path in ("/accounts/email/", "/accounts/password/reset/", "/accounts/password/reset/done/"):
        assert redact(None, "info", {"event": f"GET {path}"})["event"] == f"GET {path}"
