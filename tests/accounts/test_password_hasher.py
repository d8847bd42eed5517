"""How many passwords are hashed at once, and who waits for them."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from queue import Queue
from typing import Any

import pytest
from argon2.exceptions import HashingError
from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.errors import TooManyAtOnce
from accounts.password_hasher import IN_HAND, CalmArgon2
from portal.database import REPOSITORY
from tests.quick_passwords import QuickArgon2, QuickCalmArgon2

PATIENCE = 60.0
"""Seconds; who still waits then has waited in vain."""
SALT = "aSaltOfTwentyTwoLettrs"
OURS, DJANGOS = QuickCalmArgon2(), QuickArgon2()


@pytest.fixture
def in_hash(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Have something done in place of each hash."""

    def put(work: Callable[[], Any]) -> None:
        monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda *_: work())

    return put


def outcome() -> Any:
    """The hash, or the exception in place of it."""
    try:
        return OURS.encode("a password", SALT)
    except Exception as error:  # noqa: BLE001  # whatever it was is the outcome
        return error


def test_it_hashes_and_verifies_as_django_does() -> None:
    stored = OURS.encode("a password", SALT)
    assert stored == DJANGOS.encode("a password", SALT)
    assert DJANGOS.verify("a password", stored)
    assert OURS.verify("a password", stored)
    assert not OURS.verify("another password", stored)


def test_what_django_stored_needs_no_upgrade() -> None:
    stored = Argon2PasswordHasher().encode("a password", SALT)
    assert CalmArgon2.algorithm == "argon2"
    assert not CalmArgon2().must_update(stored)


def test_of_many_at_once_two_are_taken_on_and_the_others_refused_without_a_wait(
    in_hash: Callable[..., None],
) -> None:
    outcomes: Queue[Any] = Queue()
    may_end = threading.Event()
    in_hash(lambda: may_end.wait(PATIENCE))
    for _ in range(8):
        threading.Thread(target=lambda: outcomes.put(outcome())).start()
    refused = [outcomes.get(timeout=PATIENCE) for _ in range(8 - IN_HAND)]
    assert {type(each) for each in refused} == {TooManyAtOnce}
    assert refused[0].retry_after == 2
    may_end.set()
    assert [outcomes.get(timeout=PATIENCE) for _ in range(IN_HAND)] == [True] * IN_HAND


def test_one_thread_hashes_for_all(in_hash: Callable[..., None]) -> None:
    """So one is hashed after the other, whoever asks."""
    in_hash(threading.get_ident)
    hashed_by: list[Any] = []
    for _ in range(3):
        thread = threading.Thread(target=lambda: hashed_by.append(outcome()))
        thread.start()
        thread.join()
    assert len(hashed_by) == 3
    assert len({*hashed_by, outcome()}) == 1
    assert threading.get_ident() not in hashed_by


def test_who_comes_one_after_the_other_is_never_refused() -> None:
    """As a command does that makes many people."""
    assert {type(outcome()) for _ in range(20)} == {str}


def test_a_hash_gives_way_to_everything_else(in_hash: Callable[..., None]) -> None:
    in_hash(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert outcome() == (19 if sys.platform == "linux" else 0)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == 0


def test_what_goes_wrong_in_a_hash_is_told_to_who_asked() -> None:
    for _ in range(2 * IN_HAND):
        with pytest.raises(HashingError, match="Salt is too short"):
            OURS.encode("a password", "$")
    assert OURS.verify("a password", OURS.encode("a password", SALT))


# Both end: a child made after the parent has hashed, and each of them while it still hashes.
_FORKING = f"""
import os, threading
from accounts.password_hasher import CalmArgon2
stored = CalmArgon2().encode("a password", "{SALT}")
child = os.fork()
assert CalmArgon2().verify("a password", stored)
threading.Thread(target=CalmArgon2().verify, args=("a password", stored), daemon=True).start()
if child:
    _, status = os.waitpid(child, 0)
    raise SystemExit(os.waitstatus_to_exitcode(status))
"""


def test_a_process_that_was_forked_hashes_and_ends() -> None:
    command = [sys.executable, "-c", _FORKING]
    ended = subprocess.run(
        command, cwd=REPOSITORY, timeout=PATIENCE, check=False, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
