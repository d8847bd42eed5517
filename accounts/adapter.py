"""What allauth asks us: who may sign up, how failed sign-ins are counted, how mails go out."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from accounts.services import outbox


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
        outbox.put(email, " ".join(mail.subject.split())[:200], str(mail.body), html)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The reset link, of our own address and never of the request's Host."""
        return _at_our_address(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """The link that proves an address, likewise."""
        return _at_our_address(super().get_email_confirmation_url(request, emailconfirmation))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: object) -> str:
        """Count failures per account and address together.

        allauth counts them per account alone, before it looks at the password: five wrong
        guesses by a stranger would lock the owner out.
        """
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"


def _at_our_address(url: str) -> str:
    return f"{settings.PORTAL_URL}{urlsplit(url).path}"
