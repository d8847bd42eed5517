"""Sending the outbox: nothing is lost, nothing goes out twice, nothing secret stays."""

from datetime import timedelta
from smtplib import SMTPAuthenticationError, SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.db import transaction
from django.db.models.functions import Now

from accounts import outbox_worker
from accounts.models import OutboxMail
from accounts.outbox_worker import describe, retry_after, send_next
from accounts.services import outbox
from tests.mail_server import mail_server
from tests.racing import race

TO = "alice@example.com"
LINK = "https://portal.example/one-time-link"


def a_mail(to: str = TO) -> OutboxMail:
    return outbox.put(to, "Choose a new password", f"Here: {LINK}", f"<a href='{LINK}'>Here</a>")


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch, *, only_to: str = "") -> None:
    """Let sending fail, for everybody or for one recipient."""
    send = EmailMultiAlternatives.send

    def failing(message: EmailMultiAlternatives) -> int:
        if only_to in message.to or not only_to:
            raise error
        return send(message)

    monkeypatch.setattr(EmailMultiAlternatives, "send", failing)


def make_due() -> None:
    """Do what only time does."""
    OutboxMail.objects.update(due_at=Now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_it_sends_what_is_due_and_erases_the_words() -> None:
    row = a_mail()
    call_command("run_worker", once=True)
    row.refresh_from_db()
    assert (row.text, row.html, row.attempts) == ("", "", 1)
    assert row.sent_at is not None
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    assert (sent.to, sent.body) == ([TO], f"Here: {LINK}")
    assert [mimetype for _, mimetype in sent.alternatives] == ["text/html"]
    assert sent.message()["Message-ID"] == f"<{row.message_id}@127.0.0.1>"
    assert sent.message()["Auto-Submitted"] == "auto-generated"


@pytest.mark.django_db
def test_it_sends_a_sent_mail_never_again() -> None:
    a_mail()
    assert send_next()
    make_due()
    assert not send_next()
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_of_a_transaction_that_failed_does_not_exist() -> None:
    with transaction.atomic():
        a_mail()
        transaction.set_rollback(True)
    assert not send_next()


@pytest.mark.django_db
def test_a_mail_server_that_is_down_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    row = a_mail()
    with monkeypatch.context() as down:
        fail_with(ConnectionRefusedError(111, "10.0.0.7:587 refused"), down)
        assert send_next()
        assert not send_next()  # it waits now
    row.refresh_from_db()
    assert (row.attempts, row.sent_at) == (1, None)
    assert row.last_error == "ConnectionRefusedError: Connection refused"
    make_due()
    assert send_next()
    assert mail.outbox[0].message()["Message-ID"] == f"<{row.message_id}@127.0.0.1>"
    row.refresh_from_db()
    assert (row.attempts, row.last_error) == (2, "")


@pytest.mark.django_db
def test_one_mail_that_cannot_go_out_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_mail("gone@example.com")
    a_mail()
    fail_with(ValueError("bad header"), monkeypatch, only_to="gone@example.com")
    call_command("run_worker", once=True)
    assert [message.to for message in mail.outbox] == [[TO]]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_leaves_the_mail_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    row = a_mail()
    with monkeypatch.context() as dying:
        fail_with(SystemExit(), dying)
        with pytest.raises(SystemExit):
            send_next()
    row.refresh_from_db()
    assert (row.attempts, row.sent_at) == (0, None)
    assert send_next()
    assert mail.outbox[0].message()["Message-ID"] == f"<{row.message_id}@127.0.0.1>"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("command", "answer", "kept"),
    [
        ("MAIL", "550 no such sender", False),
        ("RCPT", "550 no such user", False),
        ("RCPT", "450 come later", True),
        ("DATA", "554 not from you", False),
        ("DATA", "451 come later", True),
        ("MESSAGE", "552 too large", False),
        ("MESSAGE", "452 disk full", True),
        ("CONNECT", "554 closed", True),
    ],
)
def test_it_gives_up_only_a_mail_that_the_server_refuses_for_good_for_days(
    command: str, answer: str, kept: bool, settings: Any
) -> None:
    row = a_mail()
    OutboxMail.objects.update(attempts=outbox_worker.REFUSALS_UNTIL_GIVEN_UP - 2)
    with mail_server() as server:
        settings.MAILERS = server.mailer()
        server.answers[command] = answer
        for texts_left in (True, kept):
            make_due()
            assert send_next()
            row.refresh_from_db()
            assert bool(row.text) is texts_left
        make_due()
        assert send_next() is kept
    assert row.sent_at is None
    assert row.last_error.endswith(f" {answer[:3]}")


@pytest.mark.django_db
def test_it_gives_up_a_mail_that_cannot_be_written(settings: Any) -> None:
    row = a_mail("two words@example.com")
    OutboxMail.objects.update(attempts=outbox_worker.REFUSALS_UNTIL_GIVEN_UP - 1)
    with mail_server() as server:
        settings.MAILERS = server.mailer()
        assert send_next()
    row.refresh_from_db()
    assert (row.text, row.last_error) == ("", "ValueError")


@pytest.mark.django_db(transaction=True)
def test_several_workers_send_each_mail_once() -> None:
    for number in range(24):
        a_mail(f"person{number}@example.com")

    def work() -> int:
        sent = 0
        while send_next():
            sent += 1
        return sent

    outcomes = race([work] * 4)
    assert sum(count for count in outcomes if isinstance(count, int)) == 24
    assert len({message.to[0] for message in mail.outbox}) == len(mail.outbox) == 24


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SMTPRecipientsRefused({TO: (450, b"later")}), "SMTPRecipientsRefused 450"),
        (SMTPAuthenticationError(535, b"bad password hunter2"), "SMTPAuthenticationError 535"),
        (TimeoutError("timed out"), "TimeoutError"),
        (ValueError(f"{TO} and {LINK}"), "ValueError"),
    ],
)
def test_it_keeps_no_address_or_secret_of_an_error(error: Exception, said: str) -> None:
    assert describe(error) == said


def test_it_waits_longer_after_each_failure_but_not_for_ever() -> None:
    waits = [retry_after(attempts) for attempts in range(1, 40)]
    assert waits == sorted(waits)
    assert (waits[0], waits[1]) == (timedelta(seconds=30), timedelta(seconds=60))
    assert waits[-1] == timedelta(hours=6)
