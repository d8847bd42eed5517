"""Keeping the tenants' summaries: by every verb that changes keys, and by a sweep."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from accounts.models import Tenant
from apikeys.models import ApiAccess, TenantSummary
from apikeys.rules import EXPIRING_SOON, UNUSED_AFTER

SWEEP_INTERVAL = timedelta(hours=1)
"""How old a summary may get; pages show its time."""
BATCH = 1_000
"""Tenants that one transaction of the sweep refreshes: a verb waits for no more."""

_WRITE = """
INSERT INTO apikeys_tenantsummary AS summary (
    tenant_id, active_keys, at_limit, next_expiry_at, expiring_keys, unused_keys, last_use_at, as_of
)
SELECT access.tenant_id, keys.active, keys.active >= access.key_limit, keys.next_expiry_at,
       keys.expiring, keys.unused, keys.last_use_at, statement_timestamp()
FROM apikeys_apiaccess access
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE active) AS active,
           min(expires_at) FILTER (WHERE active) AS next_expiry_at,
           count(*) FILTER (WHERE active AND expires_at <= statement_timestamp() + %(soon)s)
               AS expiring,
           count(*) FILTER (
               WHERE active
               AND greatest(created_at, last_used_at) < statement_timestamp() - %(unused)s
           ) AS unused,
           max(last_used_at) AS last_use_at
    FROM (
        SELECT key.created_at, key.expires_at, usage.last_used_at,
               key.revoked_at IS NULL
               AND (key.expires_at IS NULL OR key.expires_at > statement_timestamp()) AS active
        FROM apikeys_apikey key LEFT JOIN apikeys_keyusage usage ON usage.key_id = key.id
        WHERE key.tenant_id = access.tenant_id
    ) AS key
) AS keys
WHERE access.tenant_id = ANY(%(tenants)s)
ORDER BY access.tenant_id
ON CONFLICT (tenant_id) DO UPDATE SET
    active_keys = excluded.active_keys, at_limit = excluded.at_limit,
    next_expiry_at = excluded.next_expiry_at, expiring_keys = excluded.expiring_keys,
    unused_keys = excluded.unused_keys, last_use_at = excluded.last_use_at, as_of = excluded.as_of
"""


def refresh_summary(tenant: Tenant) -> None:
    """Count the tenant's keys anew. The last step of every verb that changes them.

    Must run under the tenant's lock, in the transaction of the change: the row then never shows
    what was not committed, and two verbs never overwrite each other.
    """
    write_summaries([tenant.pk])


def write_summaries(tenants: Sequence[int]) -> None:
    """Write the summaries of the tenants with these primary keys, in one statement."""
    figures: dict[str, Any] = {
        "tenants": list(tenants),
        "soon": EXPIRING_SOON,
        "unused": UNUSED_AFTER,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, figures)


def sweep(older_than: timedelta = SWEEP_INTERVAL, batch: int = BATCH) -> Iterator[int]:
    """Refresh what was not refreshed for `older_than`, and yield how many after each batch.

    Several sweeps may run at once: each skips the rows that another, or a verb, holds. What is
    read follows, in a statement of its own, the lock on the summary's row: a verb that commits
    later also writes later.
    """
    yield from _add_missing(batch)
    last = 0
    while True:
        with transaction.atomic():
            stale = (
                TenantSummary.objects.filter(pk__gt=last, as_of__lte=Now() - older_than)
                .select_for_update(skip_locked=True, no_key=True)
                .order_by("pk")
                .values_list("pk", flat=True)
            )
            found = list(stale[:batch])
            write_summaries(found)
        if not found:
            return
        last = found[-1]
        yield len(found)


def _add_missing(batch: int) -> Iterator[int]:
    """Tenants that came past the verbs, or from code older than this table."""
    summary = TenantSummary.objects.filter(tenant=OuterRef("tenant"))
    missing = ApiAccess.objects.filter(~Exists(summary)).order_by("pk")
    while found := list(missing.values_list("pk", flat=True)[:batch]):
        write_summaries(found)
        yield len(found)
