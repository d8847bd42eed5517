"""Filling a database with invented tenants and keys by COPY: for measuring, never for use.

Past the verbs: millions of rows through them would take days. The rows are such as the verbs
write, but have no audit events, and nobody invented can sign in.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction
from psycopg import sql

from accounts.actor import ActorType
from accounts.clock import database_now
from accounts.models import Membership, StaffRole, Tenant, User
from accounts.public_ids import BASE62, PUBLIC_ID_LENGTH, TENANT_ID_PREFIX
from accounts.roles import Role
from apikeys.credentials import CLIENT_ID_RANDOM, DISPLAY_PREFIX
from apikeys.demo.allowed import refuse_production
from apikeys.demo.bare_tables import bare, lock, may_be_bare
from apikeys.demo.copy_rows import Row, copy_rows
from apikeys.demo.invented import InventedKey, Inventor, random_hex
from apikeys.models import (
    AccessRequest,
    AccessState,
    ApiAccess,
    ApiKey,
    Decision,
    KeyUsage,
    TenantSummary,
)
from apikeys.services.peppers import configured_peppers, configured_prefix
from apikeys.services.summaries import write_summaries

TENANTS_PER_BATCH = 10_000
"""One transaction each where there are data: what was loaded before an interruption stays, and
is whole. Empty tables are filled in one, without their indexes; an interruption leaves them empty.
"""
BARE_FROM = 100_000
"""Keys from which taking the indexes off and building them again is quicker."""
TENANTS_PER_MANAGER = 2_000
FEWEST_MANAGERS = 3
LOADED: tuple[type[models.Model], ...] = (
    User,
    Tenant,
    Membership,
    ApiAccess,
    AccessRequest,
    ApiKey,
    KeyUsage,
    TenantSummary,
)
_PAIRS = [first + second for first in BASE62 for second in BASE62]
"""Half as many random choices for an id, which were a quarter of the time."""


@dataclass(frozen=True, slots=True)
class InventedPerson:
    """Somebody who is in the database now."""

    pk: int
    public_id: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class InventedTenant:
    """A tenant that is in the database now, with what its keys need."""

    pk: int
    admin: InventedPerson
    state: AccessState
    limit: int


class Loader:
    """Appends invented data to the database that Django is connected to."""

    def __init__(self, seed: int | None = None) -> None:
        self.now = database_now()
        self.invent = Inventor(self.now, seed)
        self.ids = random.Random()  # noqa: S311  # never seeded: ids are unique, also next time
        self.pepper = configured_peppers().current
        self.prefix = configured_prefix()
        self.password = make_password(None)
        self.managers: list[int] = []

    def load(self, tenants: int, keys: int) -> Iterator[tuple[int, int]]:
        """Append so many; yields after each batch how many tenants and keys are in."""
        refuse_production()
        if keys < BARE_FROM or not may_be_bare(LOADED) or not _empty():
            yield from self._append(tenants, keys)
            return
        with transaction.atomic():
            _without_timeout()
            lock(LOADED)
            # Somebody may have come before the lock.
            yield from (self._fill if _empty() else self._append)(tenants, keys)

    def _append(self, tenants: int, keys: int) -> Iterator[tuple[int, int]]:
        """Beside what is there, while others use it."""
        for number, done in enumerate(self._batches(tenants, keys, write_summaries)):
            if not number:
                analyze()  # or what follows would be planned for empty tables
            yield done
        analyze()

    def _fill(self, tenants: int, keys: int) -> Iterator[tuple[int, int]]:
        """Into empty tables, while nobody can use them."""
        made: list[Sequence[int]] = []
        with bare([model for model in LOADED if model is not TenantSummary]):
            yield from self._batches(tenants, keys, made.append)
        analyze()
        with bare([TenantSummary]):
            for pks in made:
                write_summaries(pks)
        analyze()

    def _batches(
        self, tenants: int, keys: int, finish: Callable[[Sequence[int]], None]
    ) -> Iterator[tuple[int, int]]:
        """Append in batches; `finish` gets each one's tenants at the end of its transaction."""
        with transaction.atomic():
            number = max(FEWEST_MANAGERS, tenants // TENANTS_PER_MANAGER)
            managers = self._people(number, StaffRole.RELATIONSHIP_MANAGER)
            self.managers = [manager.pk for manager in managers]
        done = keys_done = 0
        while done < tenants:
            number = min(TENANTS_PER_BATCH, tenants - done)
            end = keys * (done + number) // tenants
            with transaction.atomic():
                _without_timeout()
                finish(self._batch(number, end - keys_done))
            done, keys_done = done + number, end
            yield done, keys_done

    def _batch(self, number: int, keys: int) -> list[int]:
        tenants = self._tenants(number)
        copy_rows(Membership, "tenant_id user_id role", list(self._memberships(tenants)))
        shares = self.invent.shares(keys, [tenant.state for tenant in tenants])
        made = [
            (tenant, key)
            for tenant, share in zip(tenants, shares, strict=True)
            for key in self.invent.keys(share, tenant.limit)
        ]
        ids = _new_ids(ApiKey, len(made))
        copy_rows(ApiKey, _KEY, (self._key(pk, *one) for pk, one in zip(ids, made, strict=True)))
        uses = ((pk, key.last_used_at) for pk, (_, key) in zip(ids, made, strict=True))
        copy_rows(KeyUsage, "key_id last_used_at last_used_from", self._usage(uses))
        return [tenant.pk for tenant in tenants]

    def _people(self, number: int, staff_role: str = "") -> list[InventedPerson]:
        people = []
        for pk in _new_ids(User, number):
            name = self.invent.person()
            email = f"{name.lower().replace(' ', '.')}.{pk}@{self.invent.domain()}"
            people.append(InventedPerson(pk, f"usr_{self._random(PUBLIC_ID_LENGTH)}", email, name))
        rows = (
            (*_identity(one), self.password, "UTC", staff_role, False, True, self.now)
            for one in people
        )
        columns = "password time_zone staff_role is_superuser is_active created_at"
        copy_rows(User, f"id public_id email name {columns}", rows)
        return people

    def _tenants(self, number: int) -> list[InventedTenant]:
        """Tenants with an admin each, their API access, and requests for it."""
        states, admins = self.invent.states(number), self._people(number)
        rows: list[Row] = []
        access: list[Row] = []
        requests: list[Row] = []
        tenants = []
        for pk, admin, state in zip(_new_ids(Tenant, number), admins, states, strict=True):
            limit = self.invent.limit()
            public_id = TENANT_ID_PREFIX + self._random(PUBLIC_ID_LENGTH)
            company, kind = self.invent.company(), self.invent.kind()
            manager = self.invent.manager(self.managers)
            since = self.invent.some_time_ago(1_500)
            rows.append((pk, public_id, company, kind, admin.email, manager, since))
            text = "Unusual traffic" if state == AccessState.SUSPENDED else ""
            access.append((pk, state, limit, self.invent.some_time_ago(300), text, text))
            requests += self._requests(pk, admin, state)
            tenants.append(InventedTenant(pk, admin, state, limit))
        tenant = "id public_id name kind contact_email relationship_manager_id created_at"
        copy_rows(Tenant, tenant, rows)
        copy_rows(
            ApiAccess, "tenant_id state key_limit changed_at client_text internal_note", access
        )
        request = "tenant_id reason requested_at requested_by_id requested_by_label"
        decision = "decision decided_at decided_by_label decision_text"
        copy_rows(AccessRequest, f"{request} {decision}", requests)
        return tenants

    def _requests(self, tenant: int, admin: InventedPerson, state: AccessState) -> Iterator[Row]:
        """The request that waits, or the one that was approved."""
        if state == AccessState.NONE:
            return
        at = self.invent.some_time_ago(30)
        asked = (tenant, "To connect our shop", at, admin.pk, admin.name)
        if state == AccessState.REQUESTED:
            yield *asked, "", None, "", ""
        else:
            yield *asked, Decision.APPROVED, at, "Relationship manager", ""

    def _memberships(self, tenants: list[InventedTenant]) -> Iterator[Row]:
        """Every admin, and half as many further members."""
        for tenant in tenants:
            yield tenant.pk, tenant.admin.pk, Role.ADMIN
        for person in self._people(len(tenants) // 2):
            yield self.invent.one(tenants).pk, person.pk, self.invent.role()

    def _key(self, pk: int, tenant: InventedTenant, key: InventedKey) -> Row:
        client_id = f"{self.prefix}_{self._random(CLIENT_ID_RANDOM)}"
        admin, revoked = tenant.admin, key.revoked_at is not None
        secret = (None,) * 4 if revoked else (key.role, random_hex(), self.pepper, random_hex())
        by = (ActorType.PERSON, admin.public_id, admin.name)
        return (
            *(pk, tenant.pk, client_id, client_id[:DISPLAY_PREFIX], key.name, "", admin.email),
            *secret,
            *(key.created_at, *by, key.expires_at, key.revoked_at),
            *(by if revoked else ("", "", "")),
            *(1, key.slot),
        )

    def _usage(self, uses: Iterable[tuple[int, datetime | None]]) -> Iterator[Row]:
        for pk, at in uses:
            if at is not None:
                yield pk, at, self.invent.address()

    def _random(self, length: int) -> str:
        return "".join(self.ids.choices(_PAIRS, k=length // 2))


_KEY = (
    "id tenant_id client_id secret_prefix name description email "
    "role verifier pepper_number public_key "
    "created_at created_by_type created_by_id created_by_label expires_at revoked_at "
    "revoked_by_type revoked_by_id revoked_by_label version slot"
)


def analyze() -> None:
    """Tell the planner what is in the tables now. Only their owner may; others do nothing."""
    names = sql.SQL(", ").join(sql.Identifier(model._meta.db_table) for model in LOADED)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(names))


def _empty() -> bool:
    """Whether there is no tenant yet; then there is nothing of a tenant's either."""
    return not Tenant.objects.exists()


def _without_timeout() -> None:
    """Let a statement of this transaction take as long as it takes, and wait for it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
    connection.connection.answer_seconds = None  # see portal.postgresql


def _identity(person: InventedPerson) -> Row:
    return person.pk, person.public_id, person.email, person.name


def _new_ids(model: type[models.Model], number: int) -> list[int]:
    """So many primary keys from the model's own sequence, which nobody else will get."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, number],
        )
        return [pk for (pk,) in cursor.fetchall()]
