"""Keeping the tenants' summaries: by every verb that changes keys, and by a sweep."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from accounts.models import Tenant
from apikeys.models import ApiAccess, SummarySweep, TenantSummary
from apikeys.rules import EXPIRING_SOON, UNUSED_AFTER

SWEEP_INTERVAL = timedelta(hours=1)
"""How old a summary may get; pages show its time."""
BATCH = 1_000
"""Tenants that one transaction of the sweep refreshes: a verb waits for no more."""
ABANDONED_AFTER = timedelta(minutes=30)
"""How long an unfinished sweep keeps others from beginning: its worker may have died."""

_COLUMNS = "active_keys, at_limit, next_expiry_at, expiring_keys, unused_keys, last_use_at"
_FIGURES = """
SELECT access.tenant_id, keys.active, keys.active >= access.key_limit, keys.next_expiry_at,
       keys.expiring, keys.unused, keys.last_use_at
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
"""
_WRITE = f"""
INSERT INTO apikeys_tenantsummary AS summary (tenant_id, {_COLUMNS}, as_of)
SELECT counted.*, statement_timestamp() FROM ({_FIGURES}) AS counted ORDER BY 1
ON CONFLICT (tenant_id) DO UPDATE SET ({_COLUMNS}, as_of) =
    ROW({", ".join(f"excluded.{name}" for name in f"{_COLUMNS}, as_of".split(", "))})
"""  # noqa: S608  # made of constants
_OUTDATED = f"""
SELECT summary.tenant_id FROM apikeys_tenantsummary AS summary
JOIN ({_FIGURES}) AS counted (tenant_id, {_COLUMNS}) ON counted.tenant_id = summary.tenant_id
WHERE ({", ".join(f"summary.{name}" for name in _COLUMNS.split(", "))})
    IS DISTINCT FROM ({", ".join(f"counted.{name}" for name in _COLUMNS.split(", "))})
"""  # noqa: S608  # likewise
_BEGIN = """
INSERT INTO apikeys_summarysweep AS sweep (id, began_at) VALUES (1, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET began_at = excluded.began_at
WHERE (sweep.checked_at IS NULL OR sweep.checked_at <= excluded.began_at - %(older_than)s)
  AND (sweep.began_at = sweep.checked_at OR sweep.began_at <= excluded.began_at - %(abandoned)s)
RETURNING began_at
"""


def refresh_summary(tenant: Tenant) -> None:
    """Count the tenant's keys anew. The last step of every verb that changes them.

    Must run under the tenant's lock, in the transaction of the change: the row then never shows
    what was not committed, and two verbs never overwrite each other.
    """
    write_summaries([tenant.pk])


def write_summaries(tenants: Sequence[int]) -> None:
    """Write the summaries of the tenants with these primary keys, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, _parameters(tenants))


def _parameters(tenants: Sequence[int]) -> dict[str, Any]:
    return {"tenants": list(tenants), "soon": EXPIRING_SOON, "unused": UNUSED_AFTER}


def sweep(older_than: timedelta = SWEEP_INTERVAL, batch: int = BATCH) -> Iterator[int]:
    """Compare all summaries with the keys, and yield how many were outdated after each batch.

    It does nothing if the last sweep began less than `older_than` ago, or another is under way.
    Only rows whose figures changed are written. A row that a verb holds is left to it: a verb that
    commits later also writes later.
    """
    yield from _add_missing(batch)
    began = _begin(older_than)
    last = 0
    while began:
        summaries = TenantSummary.objects.order_by("pk")
        tenants = list(summaries.filter(pk__gt=last).values_list("pk", flat=True)[:batch])
        if not tenants:
            SummarySweep.objects.filter(began_at=began).update(checked_at=began)
            return
        last = tenants[-1]
        with transaction.atomic():
            outdated = summaries.filter(pk__in=_outdated(tenants))
            free = outdated.select_for_update(skip_locked=True, no_key=True)
            if found := list(free.values_list("pk", flat=True)):
                write_summaries(found)
        yield len(found)


def _begin(older_than: timedelta) -> datetime | None:
    """When this sweep began; None if none is due."""
    times: dict[str, Any] = {"older_than": older_than, "abandoned": ABANDONED_AFTER}
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, times)
        row = cursor.fetchone()
    return row[0] if row else None


def _outdated(tenants: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_OUTDATED, _parameters(tenants))
        return [tenant for (tenant,) in cursor.fetchall()]


def _add_missing(batch: int) -> Iterator[int]:
    """Tenants that came past the verbs, or from code older than this table."""
    summary = TenantSummary.objects.filter(tenant=OuterRef("tenant"))
    missing = ApiAccess.objects.filter(~Exists(summary)).order_by("pk")
    while found := list(missing.values_list("pk", flat=True)[:batch]):
        write_summaries(found)
        yield len(found)
