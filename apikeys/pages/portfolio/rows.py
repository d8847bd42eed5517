"""Tenants and requests as the portfolio's lists show them: every string made ready."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.urls import reverse

from accounts.models import Tenant, User
from accounts.numbers import MINUTE
from accounts.pages.words import DAY, HOUR
from apikeys.models import AccessRequest, AccessState, ApiAccess
from apikeys.pages.account.key_rows import Flag
from apikeys.pages.portfolio.query import TenantFigures
from apikeys.pages.words import exact, plural, relative
from apikeys.rules import EXPIRING_SOON, UNUSED_AFTER

ACCESS_LABELS = {str(state.value): str(state.label) for state in AccessState}


@dataclass(frozen=True, slots=True)
class TenantRow:
    """One tenant of a portfolio."""

    name: str
    public_id: str
    kind_label: str
    access: str
    access_label: str
    keys: str
    next_expiry: str
    last_use: str
    created: str
    manager: str
    flags: list[Flag]
    as_of: datetime
    url: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request that waits."""

    tenant: str
    public_id: str
    kind_label: str
    asked_by: str
    reason: str
    waiting: str
    requested_exact: str
    manager: str
    url: str
    approve_url: str
    decline_url: str


def tenant_rows(tenants: Iterable[Tenant], now: datetime) -> list[TenantRow]:
    """Tenants of `tenants_for` as rows."""
    base = reverse("portfolio")  # once: reversing costs more than everything else of a row
    return [_tenant_row(tenant, now, base) for tenant in tenants]


def request_rows(requests: Iterable[AccessRequest], now: datetime) -> list[RequestRow]:
    """Requests that wait as rows."""
    base = reverse("portfolio")
    return [_request_row(request, now, base) for request in requests]


def _tenant_row(tenant: Tenant, now: datetime, base: str) -> TenantRow:
    access, figures = tenant.api_access, cast(TenantFigures, tenant)
    return TenantRow(
        name=tenant.name,
        public_id=tenant.public_id,
        kind_label=tenant.kind_label,
        access=access.state,
        access_label=ACCESS_LABELS[access.state],
        keys=f"{figures.active_keys} of {access.key_limit}",
        next_expiry=relative(figures.next_expiry_at, now, none="None"),
        last_use=relative(figures.last_use_at, now),
        created=relative(tenant.created_at, now),
        manager=manager_name(tenant.relationship_manager),
        flags=_flags(figures, access, now),
        as_of=figures.as_of,
        url=f"{base}{tenant.public_id}/",
    )


def _request_row(request: AccessRequest, now: datetime, base: str) -> RequestRow:
    tenant, url = request.tenant, f"{base}{request.tenant.public_id}/"
    return RequestRow(
        tenant=tenant.name,
        public_id=tenant.public_id,
        kind_label=tenant.kind_label,
        asked_by=request.requested_by_label,
        reason=request.reason,
        waiting=waited(request.requested_at, now),
        requested_exact=exact(request.requested_at),
        manager=manager_name(tenant.relationship_manager),
        url=url,
        approve_url=f"{url}approve/",
        decline_url=f"{url}decline/",
    )


def manager_name(manager: User | None) -> str:
    """Who the relationship manager is; a disabled one is said to be, since nobody acts."""
    if manager is None:
        return "Nobody"
    return manager.display_name if manager.is_active else f"{manager.display_name} (disabled)"


def waited(since: datetime, now: datetime) -> str:
    """How long something has waited, in its largest unit: "3 days"."""
    seconds = int((now - since).total_seconds())
    for size, unit in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= size:
            return plural(seconds // size, unit)
    return "less than a minute"


def _flags(figures: TenantFigures, access: ApiAccess, now: datetime) -> list[Flag]:
    flags = []
    if figures.active_keys >= access.key_limit:
        flags.append(Flag("warning", "At the limit"))
    expires = figures.next_expiry_at
    if expires is not None and now < expires <= now + EXPIRING_SOON:
        flags.append(Flag("warning", f"A key expires {relative(expires, now)}"))
    if figures.unused_keys:
        keys = plural(figures.unused_keys, "key")
        flags.append(Flag("info", f"{keys} unused for {UNUSED_AFTER.days} days"))
    return flags
