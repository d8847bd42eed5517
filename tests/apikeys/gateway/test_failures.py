"""Too many bad credentials from one address: few are looked up, and nobody else is refused."""

import pytest

from apikeys.gateway import failures as failures_module
from apikeys.gateway.failures import FAILED_KEYS_EVERY, NEW_KEYS_EVERY, WINDOW, Failures

HERE, THERE = "198.51.100.7", "198.51.100.8"
KEY, OTHER = "dev_" + "a" * 20, "dev_" + "b" * 20
BAD = "dev_" + "z" * 20
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


def guess(failures: Failures, times: int, address: str | None = HERE, client_id: str = BAD) -> None:
    for _ in range(times):
        failures.failed(address, client_id)


def tried(failures: Failures, client_id: str, times: int, address: str | None = HERE) -> int:
    """How many of so many checks at once are looked up."""
    return sum(not failures.refuses(address, client_id) for _ in range(times))


def test_it_tries_few_keys_of_an_address_after_as_many_failures_as_are_allowed(
    failures: Failures,
) -> None:
    guess(failures, ALLOWED - 1)
    assert tried(failures, BAD, 100) == 100
    guess(failures, 1)
    assert tried(failures, BAD, 100) == 1
    assert tried(failures, KEY, 100) == 1
    assert tried(failures, OTHER, 100) == 0


def test_it_tries_new_keys_more_often_than_those_that_failed(
    failures: Failures, clock: Clock
) -> None:
    """A program that shows a deleted key on and on keeps its replacement out for no time."""
    guess(failures, ALLOWED)
    found = {BAD: 0, KEY: 0}
    clock.now += 0.05
    for _ in range(10):
        for client_id in (BAD, KEY):
            found[client_id] += tried(failures, client_id, 20)
        clock.now += NEW_KEYS_EVERY
    assert found == {BAD: 1, KEY: 10}
    clock.now += FAILED_KEYS_EVERY
    assert tried(failures, BAD, 20) == 1


def test_it_refuses_no_other_address(failures: Failures) -> None:
    guess(failures, 100)
    assert tried(failures, KEY, 100, THERE) == 100


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8:0:0:ffff::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
        ("a:b", "a:c", False),
    ],
)
def test_it_takes_all_addresses_of_one_ipv6_client_for_one(
    one: str, other: str, same: bool, failures: Failures
) -> None:
    guess(failures, ALLOWED, one)
    assert tried(failures, KEY, 100, other) == (1 if same else 100)


@pytest.mark.parametrize("when", ["before", "between"])
def test_it_still_checks_keys_that_passed_from_there(when: str, failures: Failures) -> None:
    guess(failures, 1 if when == "between" else 0)
    failures.passed(HERE, KEY)
    guess(failures, 100)
    guess(failures, 100, client_id=KEY)
    assert tried(failures, KEY, 100) == 100
    assert tried(failures, OTHER, 100) == 1


def test_a_pass_somewhere_else_helps_nobody_here(failures: Failures) -> None:
    failures.passed(THERE, KEY)
    guess(failures, ALLOWED)
    assert tried(failures, KEY, 100) == 1


def test_it_ends_with_the_window(failures: Failures, clock: Clock) -> None:
    guess(failures, ALLOWED)
    clock.now += WINDOW - 0.01
    assert tried(failures, KEY, 100) == 1
    clock.now += 0.01
    assert tried(failures, KEY, 100) == 100
    guess(failures, ALLOWED - 1)
    assert tried(failures, KEY, 100) == 100
    guess(failures, 1)
    assert tried(failures, KEY, 100) == 1


def test_it_counts_what_is_nobodys(failures: Failures) -> None:
    guess(failures, ALLOWED, client_id="")
    assert tried(failures, KEY, 100) == 1


@pytest.mark.parametrize("address", [None, ""])
def test_it_counts_nothing_without_an_address(address: str | None, failures: Failures) -> None:
    """Else one stranger could keep everybody out, where the gateway names no addresses."""
    guess(failures, 100, address)
    failures.passed(address, KEY)
    assert tried(failures, OTHER, 100, address) == 100


def test_it_forgets_what_is_oldest(failures: Failures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures_module, "ADDRESSES_MAX", 2)
    monkeypatch.setattr(failures_module, "PASSED_MAX", 2)
    for client_id in ("forgotten", KEY, OTHER):
        failures.passed(HERE, client_id)
    failures.passed(HERE, KEY)
    failures.passed(HERE, "latest")
    guess(failures, ALLOWED)
    assert [tried(failures, client_id, 10) for client_id in ("latest", KEY)] == [10, 10]
    assert [tried(failures, client_id, 10) for client_id in ("forgotten", OTHER)] == [1, 0]
    guess(failures, ALLOWED, THERE)
    guess(failures, ALLOWED, "198.51.100.9")
    assert tried(failures, OTHER, 10) == 10
    assert tried(failures, OTHER, 10, THERE) == 1
