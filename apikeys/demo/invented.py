"""Invented tenants, people and keys, in the proportions of a real platform."""

import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from accounts.models import TenantKind
from accounts.roles import Role
from apikeys.models import AccessState


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Amara Anders Beatriz Bruno Chiara Dmitri Elif Emeka Farah Felix Greta Hana Hugo Ines Ivan "
    "Jana Joao Karim Keiko Lars Leila Luca Maja Mateo Mina Nadia Niko Noor Olga Omar Petra "
    "Priya Rafael Rosa Samir Sofia Tariq Thea Uma Viktor Wanda Yara Yusuf Zofia"
)
LAST = _words(
    "Abadi Andersson Bakker Becker Castro Costa Dahl Diallo Eriksen Farkas Fischer Garcia "
    "Haddad Hansen Ivanova Jensen Kaya Keller Kowalski Larsen Lopez Marin Meyer Moreau Nagy "
    "Novak Okafor Olsen Patel Pereira Quist Rossi Sato Schmidt Silva Tanaka Torres Unger Varga "
    "Weber Yilmaz"
)
WORDS = _words(
    "Alder Amber Anchor Aspen Atlas Beacon Birch Blue Bridge Cedar Clear Cobalt Copper Coral "
    "Crown Delta Drift Eagle Early Echo Elm Ember Falcon Field Forest Garnet Glacier Golden "
    "Granite Green Harbour Hazel Heron High Indigo Iron Ivory Jade Juniper Kestrel Lake Lantern "
    "Linden Lunar Maple Meadow Mill North Oak Ocean Opal Orchard Pearl Pine Quartz Raven Red "
    "River Rowan Saffron Sage Silver Slate Solar South Spruce Stone Summit Swift Terra Tidal "
    "Timber Topaz Union Valley Velvet Violet West White Willow Winter Wren Zephyr"
)
TRADES = _words(
    "Bakery Bank Books Brewing Capital Cargo Clinic Coffee Consulting Dairy Design Energy Foods "
    "Freight Furniture Gardens Games Hotels Insurance Labs Law Logistics Media Motors Music "
    "Optics Outdoors Partners Pharmacy Print Rail Retail Robotics Security Shoes Software "
    "Sports Studios Supplies Systems Textiles Tools Toys Trading Travel Water Wines Works"
)
FORMS = ("Ltd", "GmbH", "SA", "AB", "Inc", "BV", "Oy", "SpA")
KEYS = (
    "Web shop",
    "Payroll",
    "Reporting",
    "Till",
    "Back office",
    "Mobile app",
    "Audit export",
    "Warehouse",
    "Refunds",
    "Month-end",
    "Staging",
    "Invoices",
)
STATES = (AccessState.ENABLED, AccessState.NONE, AccessState.REQUESTED, AccessState.SUSPENDED)
STATE_WEIGHTS = (84, 10, 3, 3)
LIMITS, LIMIT_WEIGHTS = (10, 5, 3, 20), (88, 6, 3, 3)
HAVING_KEYS = {AccessState.ENABLED, AccessState.SUSPENDED}
ROLES, ROLE_WEIGHTS = (Role.VIEWER, Role.GL, Role.ADMIN), (60, 25, 15)
DAY = 86_400
"""Seconds."""


@dataclass(frozen=True, slots=True)
class InventedKey:
    """One key's life: `slot` None unless it is active."""

    name: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    slot: int | None


class Inventor:
    """Makes things up. `now` is the database's time; the same seed makes the same things."""

    def __init__(self, now: datetime, seed: int | None = None) -> None:
        self.now = now
        self.random = random.Random(seed)  # noqa: S311  # invented data; no secret comes from it

    def one[T](self, choices: Sequence[T], weights: Sequence[int] | None = None) -> T:
        """One of the choices."""
        return self.random.choices(choices, weights)[0]

    def chance(self, percent: int) -> bool:
        """True so many times in a hundred."""
        return self.random.random() * 100 < percent

    def person(self) -> str:
        """A full name."""
        return f"{self.random.choice(FIRST)} {self.random.choice(LAST)}"

    def company(self) -> str:
        """A company's name; few share one."""
        choice = self.random.choice
        return f"{choice(WORDS)} {choice(WORDS)} {choice(TRADES)} {choice(FORMS)}"

    def kind(self) -> TenantKind:
        """One tenant in twelve is a partner organisation."""
        return self.one((TenantKind.CORPORATE, TenantKind.PARTNER), (11, 1))

    def manager(self, managers: Sequence[int]) -> int | None:
        """One of the managers, the first far more often than the last; sometimes none."""
        if self.chance(2):
            return None
        return managers[int(len(managers) * self.random.random() ** 2.5)]

    def limit(self) -> int:
        """How many active keys a tenant may have; nearly always the default."""
        return self.one(LIMITS, LIMIT_WEIGHTS)

    def role(self) -> Role:
        """A role of a key or a member; most only read."""
        return self.one(ROLES, ROLE_WEIGHTS)

    def domain(self) -> str:
        """Where emails go: nowhere, by RFC 2606."""
        return f"{self.random.choice(WORDS).lower()}.example"

    def address(self) -> str:
        """Where a request came from, in a network for documentation (RFC 5737)."""
        return f"198.51.100.{self.random.randrange(1, 255)}"

    def states(self, number: int) -> list[AccessState]:
        """API access of so many tenants; the first has it, so that some tenant can have keys."""
        rest = self.random.choices(STATES, STATE_WEIGHTS, k=number - 1)
        return [AccessState.ENABLED, *rest]

    def shares(self, total: int, states: Sequence[AccessState]) -> list[int]:
        """Keys for each tenant, in all `total`: most have few, some have many."""
        weight = self.random.lognormvariate
        weights = [weight(0, 1.1) if state in HAVING_KEYS else 0 for state in states]
        whole = sum(weights)
        ends = [round(total * part / whole) for part in accumulate(weights)]
        return [end - start for start, end in zip([0, *ends], ends, strict=False)]

    def keys(self, number: int, limit: int) -> Iterator[InventedKey]:
        """So many keys of one tenant: up to `limit` active, some expired, the others revoked."""
        wanted = limit if self.chance(6) else 1 + int(self.random.expovariate(0.3))
        active = min(number, limit, wanted)
        for place in range(1, number + 1):
            if place <= active:
                yield self._active(place)
            else:
                yield self._ended(expired=self.chance(10))

    def _active(self, slot: int) -> InventedKey:
        age = self._seconds(900)
        expires = self._after(400) if self.chance(50) else None
        used = min(age, self._seconds(2 if self.chance(70) else 300))
        never_used = self.chance(15)
        return self._key(age, expires, None, None if never_used else self._ago(used), slot)

    def _ended(self, *, expired: bool) -> InventedKey:
        age = DAY + self._seconds(1_500)
        end = self._ago(self.random.random() * age)
        never_used = self.chance(50)
        used = None if never_used else end
        return self._key(age, end if expired else None, None if expired else end, used, None)

    def _key(  # a key is its times
        self,
        age: float,
        expires_at: datetime | None,
        revoked_at: datetime | None,
        last_used_at: datetime | None,
        slot: int | None,
    ) -> InventedKey:
        return InventedKey(
            name=f"{self.random.choice(KEYS)} {self.random.randrange(1, 100)}",
            role=self.role(),
            created_at=self._ago(age),
            expires_at=expires_at,
            revoked_at=revoked_at,
            last_used_at=last_used_at,
            slot=slot,
        )

    def _seconds(self, days: int) -> float:
        """A span of up to so many days, mostly short."""
        return days * DAY * self.random.random() ** 2

    def _ago(self, seconds: float) -> datetime:
        return self.now - timedelta(seconds=seconds)

    def _after(self, days: int) -> datetime:
        return self.now + timedelta(seconds=60 + days * DAY * self.random.random())

    def some_time_ago(self, days: int) -> datetime:
        """A moment in so many past days, mostly a late one."""
        return self._ago(self._seconds(days))


def random_hex() -> str:
    """32 bytes that no secret leads to, as COPY's text form has them: no invented key opens."""
    return f"\\\\x{secrets.token_hex(32)}"
