"""A worker's chores: done when they are due, beside mails, and never in a mail's way."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db.models.functions import Now

from accounts.chores import RETRY, Chore, Chores
from accounts.models import OutboxMail
from accounts.outbox_worker import OutboxWorker, Stop
from accounts.services import outbox
from accounts.services.outbox import RECIPIENTS_KEPT, erase_recipients
from tests.racing import race

HOUR = timedelta(hours=1)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def pass_by(self, span: timedelta) -> None:
        self.seconds += span.total_seconds()


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Diary:
    """What was done, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def chore(self, name: str, steps: int = 1, every: timedelta = HOUR) -> Chore:
        """A chore that writes a line for each of its steps."""

        def work() -> Iterator[int]:
            for number in range(steps):
                self.lines.append(f"{name} {number}")
                yield 1

        return Chore(name, every, work)


def run(chores: Chores) -> None:
    while chores.step():
        pass


def test_it_does_every_chore_at_the_start(clock: Clock) -> None:
    diary = Diary()
    run(Chores([diary.chore("sweep", 2), diary.chore("erase")], clock))
    assert diary.lines == ["sweep 0", "sweep 1", "erase 0"]


def test_it_does_a_chore_again_when_it_is_due_and_not_before(clock: Clock) -> None:
    diary = Diary()
    chores = Chores([diary.chore("sweep")], clock)
    run(chores)
    assert chores.seconds_until_due() == HOUR.total_seconds()
    clock.pass_by(HOUR - timedelta(seconds=1))
    run(chores)
    assert diary.lines == ["sweep 0"]
    clock.pass_by(timedelta(seconds=1))
    run(chores)
    assert diary.lines == ["sweep 0", "sweep 0"]


def test_a_worker_without_chores_has_nothing_to_wait_for(clock: Clock) -> None:
    chores = Chores((), clock)
    assert not chores.step()
    assert chores.seconds_until_due() == float("inf")


def test_it_tries_a_chore_that_failed_again_and_does_the_others(clock: Clock) -> None:
    diary, failing = Diary(), [True]

    def work() -> Iterator[int]:
        yield 1
        if failing[0]:
            raise RuntimeError("no")
        diary.lines.append("swept")

    chores = Chores([Chore("sweep", HOUR, work), diary.chore("erase")], clock)
    run(chores)
    assert diary.lines == ["erase 0"]
    failing[0] = False
    run(chores)
    assert diary.lines == ["erase 0"]
    clock.pass_by(RETRY)
    run(chores)
    assert diary.lines == ["erase 0", "swept"]


@pytest.mark.django_db
def test_a_mail_goes_out_between_two_steps_of_a_chore() -> None:
    def work() -> Iterator[int]:
        outbox.put("alice@example.com", "Subject", "Text")
        yield 1
        assert [message.to for message in mail.outbox] == [["alice@example.com"]]
        seen.append(True)

    seen: list[bool] = []
    stop = Stop()
    OutboxWorker(stop, [Chore("sweep", HOUR, work)]).run_once()
    stop.close()
    assert seen == [True]


@pytest.mark.django_db
def test_mails_go_on_when_a_chore_fails() -> None:
    def work() -> Iterator[int]:
        outbox.put("alice@example.com", "Subject", "Text")
        yield 1
        raise RuntimeError("no")

    stop = Stop()
    OutboxWorker(stop, [Chore("sweep", HOUR, work)]).run_once()
    stop.close()
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_asked_to_stop_does_not_finish_a_chore() -> None:
    stop = Stop()
    done: list[int] = []

    def work() -> Iterator[int]:
        for number in range(100):
            done.append(number)
            if number == 1:
                stop.ask()
            yield 1

    OutboxWorker(stop, [Chore("sweep", HOUR, work)]).run()
    stop.close()
    assert done == [0, 1]


@pytest.fixture
def old_mails(db: None) -> dict[str, OutboxMail]:
    """Mails by how they ended and when."""
    long_ago = Now() - RECIPIENTS_KEPT
    ends: dict[str, dict[str, Any]] = {
        "sent long ago": {"sent_at": long_ago, "text": ""},
        "sent lately": {"sent_at": long_ago + HOUR, "text": ""},
        "given up long ago": {"due_at": long_ago, "text": ""},
        "waiting for long": {"due_at": long_ago},
    }
    mails = {}
    for name, end in ends.items():
        mails[name] = outbox.put("alice@example.com", "Subject", "Text")
        OutboxMail.objects.filter(pk=mails[name].pk).update(**end)
    return mails


def knowing(mails: dict[str, OutboxMail]) -> set[str]:
    """Which of them still say to whom they went."""
    known = set(OutboxMail.objects.exclude(to="").values_list("pk", flat=True))
    return {name for name, row in mails.items() if row.pk in known}


def test_it_erases_the_recipients_of_mails_that_ended_long_ago(
    old_mails: dict[str, OutboxMail],
) -> None:
    assert sum(erase_recipients()) == 2
    assert knowing(old_mails) == {"sent lately", "waiting for long"}
    assert sum(erase_recipients()) == 0


def test_it_erases_in_batches(old_mails: dict[str, OutboxMail]) -> None:
    assert list(erase_recipients(batch=1)) == [1, 1]


def test_the_command_erases_too(old_mails: dict[str, OutboxMail]) -> None:
    call_command("run_worker", once=True)
    assert knowing(old_mails) == {"sent lately", "waiting for long"}


@pytest.mark.django_db(transaction=True)
def test_two_who_erase_at_once_erase_each_row_once() -> None:
    for _ in range(10):
        outbox.put("alice@example.com", "Subject", "")
    OutboxMail.objects.update(sent_at=Now() - RECIPIENTS_KEPT)
    erased = race([lambda: list(erase_recipients(batch=1))] * 2)
    assert sum(len(batches) for batches in erased if isinstance(batches, list)) == 10
    assert not OutboxMail.objects.exclude(to="").exists()
