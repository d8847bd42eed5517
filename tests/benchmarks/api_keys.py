"""The keys that the REST APIs are asked about, in the portal's database and in the rival's.

One tenant's 100 keys are read. Other tenants' are created and revoked: many tenants with few keys
each, as there are, and all as before for every round.
"""

from dataclasses import dataclass

import psycopg

from accounts.models import Tenant
from accounts.roles import Role
from apikeys.models import AccessState, ApiAccess
from tests.factories import make_key, make_tenant

READ_KEYS = 100
WRITERS = 200
"""Tenants whose keys are created and revoked."""
SPARE_KEYS = 30
"""Keys that each of them has before a round of revoking."""

_FIELDS = """
    client_id, secret_prefix, name, description, email, role, created_at, created_by_type,
    created_by_id, created_by_label, expires_at, revoked_at, revoked_by_type, revoked_by_id,
    revoked_by_label
"""
_SPARE = """
    INSERT INTO apikeys_apikey (
        tenant_id, client_id, secret_prefix, name, description, email, role, verifier,
        pepper_number, public_key, created_at, created_by_type, created_by_id, created_by_label,
        revoked_by_type, revoked_by_id, revoked_by_label, version, slot
    )
    SELECT tenant_id, 'dev_' || lpad((number * 1000000 + id)::text, 20, '0'), secret_prefix, name,
           description, email, role, verifier, pepper_number, public_key, now(), created_by_type,
           created_by_id, created_by_label, '', '', '', 1, 1 + number
    FROM apikeys_apikey CROSS JOIN generate_series(1, %s) AS number WHERE client_id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """A tenant's admin key: who asks."""

    tenant_pk: int
    tenant: str
    client_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Callers:
    """Who reads, what there is to read, and who writes."""

    reader: Caller
    read: list[str]
    writers: list[Caller]


def make_callers() -> Callers:
    """Tenants and keys by the portal's own verbs, with room for many keys."""
    reader = _caller()
    tenant = Tenant.objects.get(pk=reader.tenant_pk)
    others = [make_key(tenant).key.client_id for _ in range(READ_KEYS - 1)]
    return Callers(reader, [reader.client_id, *others], [_caller() for _ in range(WRITERS)])


def _caller() -> Caller:
    tenant = make_tenant()
    ApiAccess.objects.filter(tenant=tenant, state=AccessState.ENABLED).update(key_limit=1000)
    made = make_key(tenant, role=Role.ADMIN)
    return Caller(tenant.pk, tenant.public_id, made.key.client_id, made.secret.text)


def put_spare_keys(portal: str, rival: str, callers: Callers, spare: int) -> list[tuple[str, int]]:
    """Give each writer its own key and `spare` more, in both databases, and nothing else.

    Returns the spare ones: client ID, and the number of their writer.
    """
    pks = [writer.tenant_pk for writer in callers.writers]
    own = [writer.client_id for writer in callers.writers]
    with psycopg.connect(portal, autocommit=True) as ours:
        ours.execute(
            "DELETE FROM apikeys_apikey WHERE tenant_id = ANY(%s) AND client_id <> ALL(%s)",
            [pks, own],
        )
        ours.execute(_SPARE, [spare, own])
        ours.execute("VACUUM (ANALYZE) apikeys_apikey")
        found = ours.execute(
            "SELECT client_id, tenant_id FROM apikeys_apikey"
            " WHERE tenant_id = ANY(%s) AND client_id <> ALL(%s) ORDER BY slot, tenant_id",
            [pks, own],
        ).fetchall()
        with psycopg.connect(rival, autocommit=True) as theirs:
            public_ids = [writer.tenant for writer in callers.writers]
            theirs.execute("DELETE FROM rival_key WHERE tenant_id = ANY(%s)", [public_ids])
            _copy(ours, theirs, "WHERE key.tenant_id = ANY(%s)", [pks])
            theirs.execute("VACUUM (ANALYZE) rival_key")
    numbers = {pk: number for number, pk in enumerate(pks)}
    return [(client_id, numbers[tenant_pk]) for client_id, tenant_pk in found]


def copy_to_rival(portal: str, rival: str) -> int:
    """Every key that the portal has, and how many that are."""
    with (
        psycopg.connect(portal) as ours,
        psycopg.connect(rival, autocommit=True) as theirs,
    ):
        return _copy(ours, theirs, "", [])


def _copy(
    ours: psycopg.Connection, theirs: psycopg.Connection, which: str, values: list[object]
) -> int:
    columns = ", ".join(f"key.{name.strip()}" for name in _FIELDS.split(","))
    select = f"""
        COPY (
            SELECT tenant.public_id, {columns},
                   '', usage.last_used_at, usage.last_used_from
            FROM apikeys_apikey key JOIN accounts_tenant tenant ON tenant.id = key.tenant_id
            LEFT JOIN apikeys_keyusage usage ON usage.key_id = key.id {which} ORDER BY key.id
        ) TO STDOUT
    """  # noqa: S608 - names of our own
    there = f"tenant_id, {_FIELDS}, hashed_key, last_used_at, last_used_from"
    cursor = theirs.cursor()
    with (
        ours.cursor().copy(select, values) as rows,
        cursor.copy(f"COPY rival_key ({there}) FROM STDIN") as table,
    ):
        for row in rows:
            table.write(row)
    return cursor.rowcount
