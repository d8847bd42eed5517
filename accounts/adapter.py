"""What allauth asks us: who may sign up, what a sign-in leaves behind, how mails go out."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.addresses import site_of
from accounts.clock import database_now
from accounts.errors import TooMany
from accounts.known_devices import remember_device
from accounts.mail_caps import MailCap, charge_mail
from accounts.models import OutboxMail, User
from accounts.rate_limits import RateLimit
from accounts.request_context import current
from accounts.services import outbox

CONFIRMATION_CAP = MailCap(
    "confirmation",
    "links to confirm it",
    sender=RateLimit("sender", 20, 3600),
    target=RateLimit("target", 3, 3600),
)

LINKS = ("password_reset_key", "email_confirmation", "email_confirmation_signup")
"""allauth's mails whose link works for `settings.PASSWORD_RESET_TIMEOUT` seconds."""


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: people come in through an invitation or an operator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody registers without being invited."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put allauth's mail into the outbox, in the transaction of what it tells about.

        The answer does not wait for a mail server, so its time tells nobody who has an account.
        """
        words = outbox.installation_words() | {"email": email} | context
        mail = self.render_mail(template_prefix, email, words)
        html = "".join(str(body.content) for body in mail.alternatives)
        subject = " ".join(mail.subject.split())[:200]
        matter = "link" if template_prefix.endswith(LINKS) else ""
        outbox.put(email, subject, str(mail.body), html, matter=matter)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The reset link, of our own address and never of the request's Host."""
        return _at_our_address(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """The link that proves an email, of our own address too."""
        return _at_our_address(super().get_email_confirmation_url(request, emailconfirmation))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponseBase:
        """Where a complete sign-in leads; the browser is a known device from now on."""
        answer: HttpResponseBase = super().post_login(request, user, **kwargs)
        remember_device(request, answer, user)
        return answer

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send the link to the address that the person signs in with, and to no other."""
        if email.strip().lower() == user.email:
            super().send_password_reset_mail(user, email, context)

    def should_send_confirmation_mail(
        self, request: HttpRequest, email_address: EmailAddress, signup: bool
    ) -> bool:
        """Whether an address that is not confirmed yet gets its link again at this sign-in."""
        try:
            site = site_of(current().address or "")
            charge_mail(CONFIRMATION_CAP, sender=site, targets=[email_address.email])
        except TooMany:
            return False
        return True

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's address, as everything else reads it; empty where none can be read."""
        return current().address or ""

    def is_ajax(self, request: HttpRequest) -> bool:
        """No page answers in JSON."""
        return False


def link_still_works(mail: OutboxMail, _: str) -> bool:
    """Whether the link in one of allauth's mails has time left, and its person may sign in."""
    ends = mail.created_at + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    disabled = User.objects.filter(email=mail.to, is_active=False)
    return database_now() < ends and not disabled.exists()


def _at_our_address(url: str) -> str:
    return f"{settings.PORTAL_URL}{urlsplit(url).path}"
