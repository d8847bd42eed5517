"""Mails: what they say, where their links lead, and what a name in them cannot do."""

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from accounts.models import Invitation, OutboxMail, Tenant, User
from accounts.roles import Role
from accounts.services import outbox
from apikeys.models import AccessRequest, Decision

OURS = "http://127.0.0.1:8000/account/x/"
TEMPLATES = (
    "access_requested",
    "access_decided",
    "access_suspended",
    "access_restored",
    "invitation",
)
HOSTILE = "Ada & <b>Sons</b>\r\nBcc: eve@example.com"


@pytest.fixture
def context(northwind: Tenant) -> dict[str, object]:
    """Everything that any of the mails speaks about."""
    request = AccessRequest(
        tenant=northwind,
        reason="Payroll runs at night.",
        requested_by_label="Alice",
        decision=Decision.DECLINED,
        decision_text="Sign the contract first.",
        decided_by_label="Rita",
    )
    invitation = Invitation(
        tenant=northwind,
        email="new@example.com",
        role=Role.GL,
        invited_by_label="Alice",
        expires_at=timezone.now(),
    )
    text = "Unusual traffic."
    return {
        "tenant": northwind,
        "request": request,
        "invitation": invitation,
        "text": text,
        "url": OURS,
    }


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_names_the_account_the_environment_and_the_link(
    template: str, context: dict[str, object]
) -> None:
    mail = outbox.enqueue("to@example.com", template, context)
    assert mail.subject.startswith(f"[{settings.PRODUCT_NAME}, {settings.ENVIRONMENT_NAME}] ")
    for body in (mail.text, mail.html):
        assert "Northwind Traders" in body
        assert settings.ENVIRONMENT_NAME in body
        assert OURS in body
    assert f'href="{OURS}"' in mail.html


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_name_breaks_neither_headers_nor_markup(
    template: str, context: dict[str, object], northwind: Tenant
) -> None:
    northwind.name = HOSTILE
    mail = outbox.enqueue("to@example.com", template, context)
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert "Ada & <b>Sons</b> Bcc:" in mail.subject
    assert "<b>" not in mail.html
    assert "Ada & <b>Sons</b>" in mail.text


@pytest.mark.parametrize("template", TEMPLATES)
def test_its_html_holds_no_images_scripts_or_style_attributes(
    template: str, context: dict[str, object]
) -> None:
    html = outbox.enqueue("to@example.com", template, context).html
    assert not any(part in html for part in ("<img", "<script", "style=", "javascript:"))


def test_a_suspension_says_what_the_client_reads_and_whom_to_ask(
    context: dict[str, object], rita: User
) -> None:
    mail = outbox.enqueue("to@example.com", "access_suspended", context)
    for body in (mail.text, mail.html):
        assert "Unusual traffic." in body
        assert rita.email in body


def test_it_names_the_support_where_no_manager_is(
    context: dict[str, object], northwind: Tenant
) -> None:
    northwind.relationship_manager = None
    said = render_to_string("mail/_manager.txt", {**context, "support_contact": "help@example.com"})
    assert said == "help@example.com"


def test_an_invitation_shows_its_end_in_utc(context: dict[str, object]) -> None:
    invitation = context["invitation"]
    assert isinstance(invitation, Invitation)
    with timezone.override("Asia/Tokyo"):
        mail = outbox.enqueue("to@example.com", "invitation", context)
    assert f"{invitation.expires_at:%Y, %H:%M} UTC" in mail.text


def test_a_reset_mail_waits_in_the_outbox_with_a_link_to_our_own_address(
    alice: User, settings: pytest.FixtureRequest
) -> None:
    settings.PORTAL_URL = "https://portal.example"  # type: ignore[attr-defined]
    Client(headers={"host": "localhost"}).post("/accounts/password/reset/", {"email": alice.email})
    mail = OutboxMail.objects.get(to=alice.email)
    assert mail.subject.endswith("] Choose a new password")
    for body in (mail.text, mail.html):
        assert "https://portal.example/accounts/password/reset/key/" in body
        assert "localhost" not in body
