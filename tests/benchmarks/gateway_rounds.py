"""Asking the gateway, the ceilings and the peers in turns, and the tables of it."""

import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.gateway_keys import Credentials
from tests.benchmarks.gateway_load import Checks, answer, put, steadily
from tests.benchmarks.gateway_requests import STRANGER, check, signed, with_secrets

CEILING = "bare WSGI"
BAD_PER_SECOND = 200
SPARE = 1.6
"""How many more signed requests are made than the last round had use for."""
_OF_THIS_ONE = re.compile(rb"(?i)\r\ndate: [^\r]*|\b[0-9a-f]{32}\b")
"""What differs in answers that are alike: when, and the id."""
FIRST_SIGNED = 6_000
"""Signed requests a second to begin with."""


@dataclass(slots=True)
class Contestant:
    """Whom to ask, and how it went; `requests` makes what is sent in so many seconds."""

    name: str
    port: int
    pid: int
    requests: Callable[[int], Sequence[str]]
    once: bool = False
    loads: list[Checks] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        """Requests a second, by round."""
        return [load.rate for load in self.loads]


class Rounds:
    """Rounds of loads over all contestants."""

    def __init__(self, program: str, postmaster: int, seconds: int) -> None:
        self.program = program
        self.postmaster = postmaster
        self.seconds = seconds
        self.contestants: dict[str, Contestant] = {}

    def add(self, name: str, server: tuple[int, int], requests: Sequence[str]) -> None:
        """Have a contestant asked with the same requests in each round."""
        self.contestants[name] = Contestant(name, *server, lambda _: requests)

    def add_signed(self, name: str, server: tuple[int, int], secrets: Sequence[str]) -> None:
        """Have the gateway asked with requests that are signed anew for each round."""

        def requests(seconds: int) -> Sequence[str]:
            loads = self.contestants[name].loads
            rate = loads[-1].rate * SPARE if loads else FIRST_SIGNED
            return signed(secrets, int(rate * seconds) + 100)

        self.contestants[name] = Contestant(name, *server, requests, once=True)

    def run(self, rounds: int) -> None:
        """A second of warm-up, then `rounds` of turns."""
        for number in range(rounds + 1):
            for each in self.contestants.values():
                seconds = self.seconds if number else 1
                load = put(
                    self.program,
                    each.port,
                    each.requests(seconds),
                    seconds,
                    pids=(each.pid, self.postmaster),
                    once=each.once,
                )
                each.loads = [*each.loads, load] if number > 1 else [load]

    def ratio(self, name: str, other: str) -> float:
        """The median of the rounds' own ratios of speed."""
        pairs = zip(self.contestants[name].rates, self.contestants[other].rates, strict=True)
        return statistics.median(one / two for one, two in pairs)

    def best(self, names: Sequence[str]) -> str:
        """The fastest of these."""
        return max(names, key=lambda name: statistics.median(self.contestants[name].rates))

    def table(self, peers: Sequence[str]) -> list[str]:
        """The lines of a Markdown table of medians."""
        best = self.best(peers)
        return [
            f"| asked | requests/s | p99 | CPU s per 1,000 | of {CEILING} | of {best} |",
            "|---|---|---|---|---|---|",
            *(self._line(each, best) for each in self.contestants.values()),
        ]

    def _line(self, each: Contestant, best: str) -> str:
        rate, p99, cpu = (
            statistics.median(getattr(load, what) for load in each.loads)
            for what in ("rate", "p99", "cpu")
        )
        ratios = f"{self.ratio(each.name, CEILING):.3f} | {self.ratio(each.name, best):.1f}"
        return f"| {each.name} | {rate:,.0f} | {p99:.1f} ms | {cpu:.2f} | {ratios} |"


def refusals(rounds: Rounds, server: tuple[int, int], keys: Credentials, count: int) -> list[str]:
    """How long unknown, wrong and revoked secrets take, one at a time and in turns."""
    kinds = {"unknown": keys.unknown, "wrong": keys.wrong, "revoked": keys.revoked}
    requests = {name: with_secrets(texts) for name, texts in kinds.items()}
    found: dict[str, list[Checks]] = {name: [] for name in kinds}
    port, pid = server
    answers = {
        _OF_THIS_ONE.sub(b"", answer(port, check(("api-key", texts[0]))))
        for texts in kinds.values()
    }
    for number in range(count):
        # Each is the first as often as the others: who follows whom may matter.
        names = [*kinds][number % 3 :] + [*kinds][: number % 3]
        for name in names:
            load = put(
                rounds.program,
                port,
                requests[name],
                rounds.seconds,
                pids=(pid, rounds.postmaster),
                connections=1,
                refused=True,
            )
            found[name].append(load)
    medians = {name: statistics.median(load.p50 for load in loads) for name, loads in found.items()}
    lines = ["| secret | median answer | to unknown |", "|---|---|---|"]
    alike = f"Unknown, wrong and revoked: {len(answers)} different answer(s) but for date and id."
    return [alike, "", *lines] + [
        f"| {name} | {median:.3f} ms | {median / medians['unknown']:.3f} |"
        for name, median in medians.items()
    ]


def beside_guessing(
    rounds: Rounds, server: tuple[int, int], keys: Credentials, count: int
) -> list[str]:
    """The good requests' p99 with and without a stranger who guesses, in turns."""
    good, bad = with_secrets(keys.secrets), with_secrets(keys.unknown, STRANGER)
    port, pid = server
    alone, beside, rates = list[Checks](), list[Checks](), list[float]()

    def load() -> Checks:
        pids = (pid, rounds.postmaster)
        return put(rounds.program, port, good, rounds.seconds, pids=pids)

    for _ in range(count):
        alone.append(load())
        with steadily(port, bad, BAD_PER_SECOND) as rate:
            beside.append(load())
        rates += rate
    ratio = statistics.median(two.p99 / one.p99 for one, two in zip(alone, beside, strict=True))
    first, second = (statistics.median(x.p99 for x in loads) for loads in (alone, beside))
    sent = statistics.median(rates) if len(rates) == count else 0
    return [
        "| good requests | p99 | requests/s |",
        "|---|---|---|",
        f"| alone | {first:.1f} ms | {statistics.median(x.rate for x in alone):,.0f} |",
        f"| beside {sent:.0f} bad ones a second | {second:.1f} ms "
        f"| {statistics.median(x.rate for x in beside):,.0f} |",
        f"| ratio | {ratio:.2f} | |",
    ]
