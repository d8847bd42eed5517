"""Sending what the outbox holds: at least once, by as many workers as run.

A mail's row is held (SKIP LOCKED) while it is being sent, so workers do not wait for each other
and none takes what another has. A worker that dies in between lets go of the row. Then the mail is
sent again with the Message-ID it had, and the recipient's mail program shows it once.

Chores have a thread and a connection of their own, so that no mail server can keep them waiting.
"""

import os
import select
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.models.functions import Now

from accounts.chores import Chore, Chores
from accounts.clock import database_now
from accounts.models import OutboxMail
from accounts.services.outbox import CHANNEL, Matters

POLL_SECONDS = 30.0
"""The longest a due mail waits if no notification comes: for a pooler that passes none on."""
RECONNECT_SECONDS = 2.0
FIRST_RETRY = timedelta(seconds=30)
"""The wait after the first failure; it doubles with each."""
LONGEST_RETRY = timedelta(hours=6)
REFUSALS_UNTIL_GIVEN_UP = 20
"""A mail that is refused for good is given up after this many attempts, about three days: time
enough to repair a server that refuses everybody."""
SMTP_PERMANENT = 500
NO_LONGER_NEEDED = "No longer needed"
"""The `last_error` of a mail that was not sent since its matter was over."""
NO_MATTERS: Matters = MappingProxyType({})

log = structlog.get_logger(__name__)


class Stop:
    """Somebody asked the worker to stop; also ends whatever it waits for at that moment."""

    def __init__(self) -> None:
        self._waiting, self._asking = socket.socketpair()
        self._asking.setblocking(False)
        self.asked = False

    def ask(self, *_: object) -> None:
        """Ask; fit to be a signal handler."""
        self.asked = True
        with suppress(BlockingIOError):  # asked so often that the pipe is full
            self._asking.send(b".")

    def wait(self, seconds: float, *, unless: int | None = None) -> None:
        """Wait until asked, until the file descriptor `unless` has something, or for `seconds`."""
        if not self.asked:
            sources = [self._waiting.fileno(), *([unless] if unless is not None else [])]
            select.select(sources, [], [], seconds)

    def close(self) -> None:
        """Give the pair of sockets back."""
        self._waiting.close()
        self._asking.close()


class OutboxWorker:
    """Sends mails on one connection and does its chores on another, until `stop` is asked.

    It ends between two mails and between two steps of a chore.
    """

    def __init__(
        self, stop: Stop, chores: Iterable[Chore] = (), matters: Matters = NO_MATTERS
    ) -> None:
        self.stop = stop
        self.matters = matters
        self.chores = Chores(chores)
        self._listening_on: object = None
        self._notified = False

    def run(self) -> None:
        """Send what is due and do chores, each at its own pace. What ends one ends both."""
        with ThreadPoolExecutor(1, "chores") as beside:
            chores = beside.submit(self._do_chores)
            try:
                self._send_mails()
            finally:
                self.stop.ask()
                connection.close()
        chores.result()

    def run_once(self) -> None:
        """Send everything that is due and do every chore to its end, a mail and a step in turn."""
        while not self.stop.asked:
            stepped, sent = self.chores.step(), send_next(self.matters)
            if not stepped and not sent:
                return

    def _send_mails(self) -> None:
        """Send what is due, wait for more; a lost database connection is made again."""
        while not self.stop.asked:
            try:
                self._listen()
                if not send_next(self.matters):
                    self._wait()
            except (OperationalError, InterfaceError) as error:
                log.warning("outbox.database_lost", error=type(error).__name__)
                connection.close()
                self.stop.wait(RECONNECT_SECONDS)

    def _do_chores(self) -> None:
        try:
            while not self.stop.asked:
                if not self.chores.step():
                    self.stop.wait(min(POLL_SECONDS, self.chores.seconds_until_due()))
                close_old_connections()  # the one that a chore has lost
        finally:
            self.stop.ask()
            connection.close()

    def _listen(self) -> None:
        """Hear of new mails from now on; what came before is found by looking."""
        connection.ensure_connection()
        raw = connection.connection
        if raw is self._listening_on:
            return
        with connection.cursor() as cursor:
            # A slow mail server must not cost the row that is held meanwhile.
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
            cursor.execute(f"LISTEN {CHANNEL}")
        raw.add_notify_handler(self._heard)
        self._listening_on = raw

    def _heard(self, _notification: object) -> None:
        self._notified = True

    def _wait(self) -> None:
        """Wait for a notification. One may have come with an answer that was read already."""
        if not self._notified:
            with connection.wrap_database_errors:
                news = connection.connection.fileno()
            self.stop.wait(POLL_SECONDS, unless=news)
        self._notified = False


def send_next(matters: Matters = NO_MATTERS) -> bool:
    """Send the mail that has been due longest and that nobody else is sending. Whether one was.

    A mail whose matter is over would only confuse: it is dropped.
    """
    with transaction.atomic():
        # One without texts was given up or dropped.
        due = OutboxMail.objects.filter(sent_at=None, due_at__lte=Now()).exclude(text="")
        mail = due.select_for_update(skip_locked=True).order_by("due_at", "id").first()
        if mail is None:
            return False
        mail.attempts += 1
        try:
            still_matters = _still_matters(mail, matters)
            if still_matters:
                message_of(mail).send()
        except Exception as error:  # noqa: BLE001  # whatever it is, this mail must not stop others
            _postpone(mail, error)
        else:
            _put_away(mail, sent=still_matters)
    return True


def message_of(mail: OutboxMail) -> EmailMultiAlternatives:
    """The mail as it goes out; every attempt carries the same Message-ID."""
    headers = {
        "Message-ID": f"<{mail.message_id}@{urlsplit(settings.PORTAL_URL).hostname}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: out-of-office replies stay away
    }
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def describe(error: Exception) -> str:
    """What failed, in words that hold no address and nothing of the mail or the server's login."""
    name = type(error).__name__
    code = _smtp_code(error)
    if code is not None:
        return f"{name} {code}"
    if isinstance(error, OSError) and error.errno and not isinstance(error, SMTPException):
        return f"{name}: {os.strerror(error.errno)}" if error.errno > 0 else name
    return name


def _smtp_code(error: Exception) -> int | None:
    if isinstance(error, SMTPResponseException):
        return error.smtp_code
    if isinstance(error, SMTPRecipientsRefused):
        return min((code for code, _ in error.recipients.values()), default=None)
    return None


def _is_for_good(error: Exception) -> bool:
    """Whether it is this mail that cannot go out, and not the server that cannot work now."""
    if isinstance(error, SMTPSenderRefused | SMTPRecipientsRefused | SMTPDataError):
        return (_smtp_code(error) or 0) >= SMTP_PERMANENT
    return not isinstance(error, OSError)  # such as a header that cannot be written


def _still_matters(mail: OutboxMail, matters: Matters) -> bool:
    kind, _, words = mail.matter.partition(" ")
    # A kind that only newer code knows is sent.
    return kind not in matters or matters[kind](mail, words)


def _put_away(mail: OutboxMail, *, sent: bool) -> None:
    mail.sent_at = database_now() if sent else None
    mail.last_error = "" if sent else NO_LONGER_NEEDED
    mail.text = mail.html = ""
    mail.save(update_fields=["sent_at", "text", "html", "last_error", "attempts"])
    event = "outbox.sent" if sent else "outbox.dropped"
    log.info(event, message_id=mail.message_id, attempts=mail.attempts)


def _postpone(mail: OutboxMail, error: Exception) -> None:
    mail.last_error = describe(error)
    given_up = _is_for_good(error) and mail.attempts >= REFUSALS_UNTIL_GIVEN_UP
    if given_up:
        mail.text = mail.html = ""
    mail.due_at = database_now() + retry_after(mail.attempts)
    mail.save(update_fields=["due_at", "last_error", "text", "html", "attempts"])
    facts: dict[str, Any] = {"message_id": mail.message_id, "error": mail.last_error}
    log.warning("outbox.failed", attempts=mail.attempts, given_up=given_up, **facts)


def retry_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(FIRST_RETRY * (1 << min(attempts - 1, 16)), LONGEST_RETRY)
