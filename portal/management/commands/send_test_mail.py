"""`manage.py send_test_mail ADDRESS`: one mail, now and past the outbox, and what became of it."""

from contextlib import suppress
from smtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from socket import gaierror
from ssl import SSLCertVerificationError, SSLError
from typing import Any

from django.conf import settings
from django.core.mail import mailers
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import OutboxMail
from accounts.outbox_worker import message_of
from portal.mailers import is_one_address

WHICH_TLS = (
    "A server that speaks TLS from the start (port 465) needs EMAIL_USE_SSL=true, one that changes "
    "to TLS when asked (port 587) EMAIL_USE_TLS=true, one without TLS EMAIL_USE_TLS=false."
)
WORDS: tuple[tuple[type[Exception], str], ...] = (
    (SMTPRecipientsRefused, "refuses the recipient. {said}"),
    (
        SMTPSenderRefused,
        "refuses the sender {sender}; set DEFAULT_FROM_EMAIL to one that it takes. {said}",
    ),
    (SMTPAuthenticationError, "does not take EMAIL_HOST_USER with EMAIL_HOST_PASSWORD. {said}"),
    (SMTPDataError, "refuses the mail. {said}"),
    (SMTPResponseException, "turns us away. {said}"),
    (SMTPServerDisconnected, f"ended the connection. {WHICH_TLS}"),
    # It has no STARTTLS, or no way to sign in that we know.
    (SMTPException, f"cannot do what the settings ask: {{error}} {WHICH_TLS}"),
    (
        SSLCertVerificationError,
        "shows a certificate that is not trusted: {reason}. A certificate authority of your own is "
        "made known by SSL_CERT_FILE, and EMAIL_HOST must be a name that the certificate holds.",
    ),
    (SSLError, f"and we cannot agree on TLS ({{reason}}). {WHICH_TLS}"),
    (gaierror, "has a name that is not known here. Is EMAIL_HOST right?"),
    (
        ConnectionRefusedError,
        "takes no connections. Are EMAIL_HOST and EMAIL_PORT right, and does it run?",
    ),
    (TimeoutError, f"does not answer. Does a firewall stand between? {WHICH_TLS}"),
    (OSError, "cannot be reached: {error}."),
    (Exception, "got no mail, since it could not be written: {error}"),
)
"""What each error means; the first kind that fits is it."""


class Command(BaseCommand):
    """It asks nothing of the database, so that it works before there is one."""

    help = "Send one mail by the configured server, and say in plain words what became of it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Only the recipient."""
        parser.add_argument("address", help="who gets the mail")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        """Send it, or raise CommandError with the reason."""
        if not is_one_address(address):
            raise CommandError(f"{address!r} is not one email address.")
        server = settings.MAILERS["default"].get("OPTIONS", {})
        if "host" not in server:
            raise CommandError("No mail server is set (EMAIL_HOST): mails are files in var/mail/.")
        where = f"The mail server {server['host']}, port {server['port']},"
        mail = OutboxMail(
            to=address,
            subject=f"[{settings.PRODUCT_NAME}, {settings.ENVIRONMENT_NAME}] Test mail",
            text=f"Somebody tries whether mails of {settings.PORTAL_URL} go out.",
        )
        mailer = mailers.default
        try:
            mailer.send_messages([message_of(mail)])
        except Exception as error:  # noqa: BLE001  # whoever tries the server wants no traceback
            raise CommandError(f"{where} {in_words(error)}") from None
        finally:
            with suppress(OSError):
                mailer.close()  # a sign-in that failed leaves its connection open
        self.stdout.write(
            f"{where} has taken the mail for {address} from {settings.DEFAULT_FROM_EMAIL}. "
            "If it does not arrive, look into that server's log and into the spam folder."
        )


def in_words(error: Exception) -> str:
    """What went wrong, and what to do, as the rest of a sentence about the mail server."""
    if isinstance(error.__context__, TimeoutError):  # smtplib calls it a lost connection
        error = error.__context__
    code, words = getattr(error, "smtp_code", ""), getattr(error, "smtp_error", b"")
    if isinstance(error, SMTPRecipientsRefused):
        ((code, words),) = error.recipients.values()
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    facts = {
        "said": f"It said: {code} {' '.join(text.split())}",
        "sender": settings.DEFAULT_FROM_EMAIL,
        "reason": getattr(error, "verify_message", "") or getattr(error, "reason", ""),
        "error": getattr(error, "strerror", "") or error,
    }
    return next(words for kind, words in WORDS if isinstance(error, kind)).format(**facts)
