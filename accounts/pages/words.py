"""Words on screen about people, roles and times, said the same way on every page."""

from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone

from accounts.models import Tenant, TenantKind
from accounts.numbers import MINUTE, plural
from accounts.roles import Role

HOUR = 60 * MINUTE
DAY = 24 * HOUR
DAYS_IN_WORDS = 60
"""Further away than this many days a list shows the date."""


def tenant_noun(tenant: Tenant) -> str:
    """What a tenant is called within a sentence."""
    return "partner organisation" if tenant.kind == TenantKind.PARTNER else "account"


def admin_noun(tenant: Tenant) -> str:
    """What an admin of this tenant is called within a sentence."""
    return "Partner Admin" if tenant.kind == TenantKind.PARTNER else "admin"


def role_label(role: str | None) -> str:
    """A role's short name; GL is a code of the payments platform and never expanded."""
    if role is None:
        return "None"
    return {Role.VIEWER: "Viewer", Role.GL: settings.GL_LABEL, Role.ADMIN: "Admin"}[Role(role)]


def member_role_label(tenant: Tenant, role: str | None) -> str:
    """A member's role as this kind of tenant calls it."""
    if role == Role.ADMIN and tenant.kind == TenantKind.PARTNER:
        return admin_noun(tenant)
    return role_label(role)


def role_choices() -> list[tuple[str, str]]:
    """The role picker: what each role does."""
    return [
        (str(Role.VIEWER), "Read only"),
        (str(Role.GL), f"Read and change, including payments ({settings.GL_LABEL})"),
        (str(Role.ADMIN), "Everything, including creating keys (admin)"),
    ]


def _local(at: datetime) -> datetime:
    """The time in the person's zone; in UTC where that zone has no such year (after 9999)."""
    try:
        return timezone.localtime(at)
    except (OverflowError, ValueError):
        return at.astimezone(UTC)


def exact(at: datetime | None, *, none: str = "Never") -> str:
    """A time in full in the person's zone: "Tue 24 Mar 2026, 10:00 CET"."""
    if at is None:
        return none
    local = _local(at)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def relative(at: datetime | None, now: datetime, *, none: str = "Never") -> str:
    """A time as a list shows it: "in 6 days", "yesterday", "3 hours ago", or its date."""
    if at is None:
        return none
    seconds = (at - now).total_seconds()
    if abs(seconds) < MINUTE:
        return "in less than a minute" if seconds > 0 else "just now"
    days = (_local(at).date() - _local(now).date()).days
    if abs(days) > DAYS_IN_WORDS:
        local = _local(at)
        return f"{local.day} {local:%b %Y}"
    if abs(seconds) >= DAY and days:  # the day on which clocks are put back has 25 hours
        return {1: "tomorrow", -1: "yesterday"}.get(days) or _away(days, "day")
    if abs(seconds) >= HOUR:
        return _away(int(seconds / HOUR), "hour")
    return _away(int(seconds / MINUTE), "minute")


def _away(number: int, unit: str) -> str:
    count = plural(abs(number), unit)
    return f"in {count}" if number > 0 else f"{count} ago"


def relative_days(at: datetime, now: datetime) -> str:
    """How many calendar days away a time is in the person's zone: "in 122 days"."""
    days = (_local(at).date() - _local(now).date()).days
    return _away(days, "day") if days else "today"
