"""Too many bad credentials from one address: refused unlooked, and nobody else is."""

import pytest

from apikeys.gateway import failures as failures_module
from apikeys.gateway.failures import WINDOW, Failures

HERE, THERE = "198.51.100.7", "198.51.100.8"
KEY, OTHER = "dev_" + "a" * 20, "dev_" + "b" * 20
ALLOWED = 3


class Clock:
    """Time as the test wants it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def failures(clock: Clock) -> Failures:
    return Failures(ALLOWED, clock)


def guess(failures: Failures, times: int, address: str | None = HERE) -> None:
    for _ in range(times):
        failures.failed(address)


def test_it_refuses_an_address_after_as_many_as_are_allowed(failures: Failures) -> None:
    guess(failures, ALLOWED - 1)
    assert not failures.too_many(HERE, KEY)
    guess(failures, 1)
    assert failures.too_many(HERE, KEY)
    assert failures.too_many(HERE, OTHER)


def test_it_refuses_no_other_address_and_no_key(failures: Failures) -> None:
    guess(failures, 100)
    assert not failures.too_many(THERE, KEY)


@pytest.mark.parametrize("when", ["before", "between"])
def test_it_still_checks_keys_that_passed_from_there(when: str, failures: Failures) -> None:
    guess(failures, 1 if when == "between" else 0)
    failures.passed(HERE, KEY)
    guess(failures, 100)
    assert not failures.too_many(HERE, KEY)
    assert failures.too_many(HERE, OTHER)


def test_a_pass_somewhere_else_helps_nobody_here(failures: Failures) -> None:
    failures.passed(THERE, KEY)
    guess(failures, ALLOWED)
    assert failures.too_many(HERE, KEY)


def test_it_ends_with_the_window(failures: Failures, clock: Clock) -> None:
    guess(failures, ALLOWED)
    clock.now += WINDOW - 1
    assert failures.too_many(HERE, KEY)
    clock.now += 1
    assert not failures.too_many(HERE, KEY)
    guess(failures, ALLOWED - 1)
    assert not failures.too_many(HERE, KEY)
    guess(failures, 1)
    assert failures.too_many(HERE, KEY)


@pytest.mark.parametrize("address", [None, ""])
def test_it_counts_nothing_without_an_address(address: str | None, failures: Failures) -> None:
    """Else one stranger could keep everybody out, where the gateway names no addresses."""
    guess(failures, 100, address)
    failures.passed(address, KEY)
    assert not failures.too_many(address, OTHER)


def test_it_forgets_what_was_unseen_for_longest(
    failures: Failures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures_module, "ADDRESSES_MAX", 2)
    monkeypatch.setattr(failures_module, "KEYS_MAX", 2)
    for number in range(3):
        failures.passed(HERE, str(number))
    guess(failures, ALLOWED)
    guess(failures, ALLOWED, THERE)
    assert [failures.too_many(HERE, str(number)) for number in range(3)] == [True, False, False]
    guess(failures, 1, "198.51.100.9")
    assert not failures.too_many(HERE, KEY)
    assert failures.too_many(THERE, KEY)
