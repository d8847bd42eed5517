"""Asking the three in turns, and the table of it."""

import json
import statistics

from tests.benchmarks.api_keys import SPARE_KEYS, Caller, Callers, put_spare_keys
from tests.benchmarks.wrk import Load, Request, put_load

KEYS = "/v1/api-key/keys"
OPERATIONS = ("list", "create", "retrieve", "revoke")
HEAD = (
    "| operation | portal | p99 | DRF doing the same | p99 | DRF as shipped | p99 | bare view "
    "| portal : same | portal : shipped | portal : bare |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
)
_BODY = json.dumps({"name": "Checkout", "email": "payments@example.com", "description": "Shop"})

type Loads = dict[tuple[str, str], list[Load]]
"""By operation and contestant."""


class Rounds:
    """Rounds of loads, and what they gave."""

    def __init__(
        self,
        program: str,
        ports: dict[str, int],
        databases: tuple[str, str],
        callers: Callers,
        rival_keys: list[str],
    ) -> None:
        self.program = program
        self.ports = ports
        self.databases = databases
        self.callers = callers
        self.anybody, *keys = (("Authorization", f"Api-Key {key}") for key in rival_keys)
        tenants = (caller.tenant for caller in (callers.reader, *callers.writers))
        self.of_tenant = dict(zip(tenants, keys, strict=True))
        self.loads: Loads = {}

    def forget(self) -> None:
        """Start anew: that was the warm-up."""
        self.loads = {}

    def run(self, seconds: int) -> None:
        """Each operation of each contestant once, for so long."""
        bare = [Request("GET", "/")]
        self._load("bare", "bare", bare, seconds)
        for operation in OPERATIONS:
            for contestant in ("portal", "same", "shipped"):
                self._load(operation, contestant, self._requests(operation, contestant), seconds)

    def _load(self, operation: str, contestant: str, requests: list[Request], seconds: int) -> None:
        once = operation == "revoke"
        load = put_load(self.program, self.ports[contestant], requests, seconds, once=once)
        self.loads.setdefault((operation, contestant), []).append(load)

    def _requests(self, operation: str, contestant: str) -> list[Request]:
        """What the contestant is asked for; before it writes, all keys are as they were."""
        reader, writers = self.callers.reader, self.callers.writers
        match operation:
            case "list":
                return [self._request(contestant, "GET", reader)]
            case "retrieve":
                read = self.callers.read
                return [self._request(contestant, "GET", reader, f"/{each}") for each in read]
            case "create":
                put_spare_keys(*self.databases, self.callers, 0)
                return [self._request(contestant, "POST", writer, "", _BODY) for writer in writers]
        spare = put_spare_keys(*self.databases, self.callers, SPARE_KEYS)
        return [
            self._request(contestant, "DELETE", writers[number], f"/{client_id}")
            for client_id, number in spare
        ]

    def _request(
        self, contestant: str, method: str, caller: Caller, rest: str = "", body: str = ""
    ) -> Request:
        if contestant == "portal":
            return Request(method, f"{KEYS}{rest}", ("api-key", caller.secret), body)
        header = self.anybody if contestant == "shipped" else self.of_tenant[caller.tenant]
        return Request(method, f"/{caller.tenant}/keys{rest}", header, body)


def table(loads: Loads) -> list[str]:
    """The lines of a Markdown table of medians."""
    bare = statistics.median(load.rate for load in loads["bare", "bare"])
    return [*HEAD, *(_line(operation, loads, bare) for operation in OPERATIONS)]


def _line(operation: str, loads: Loads, bare: float) -> str:
    rates, cells = {}, []
    for contestant in ("portal", "same", "shipped"):
        found = loads[operation, contestant]
        rates[contestant] = statistics.median(load.rate for load in found)
        p99 = statistics.median(load.p99 for load in found)
        cells.append(f"{rates[contestant]:,.0f}/s | {p99:.1f} ms")
    ours = rates["portal"]
    ratios = (ours / rates["same"], ours / rates["shipped"], ours / bare)
    cells += [f"{bare:,.0f}/s", *(f"{ratio:.2f}" for ratio in ratios)]
    return f"| {' | '.join([operation, *cells])} |"
