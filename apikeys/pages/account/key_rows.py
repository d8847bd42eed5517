"""A key as pages show it: every string made ready in Python, since templates are slow at it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.actor import Actor, ActorType, StaffActor
from accounts.models import Membership, Tenant
from accounts.roles import Permission
from apikeys.models import ApiKey, KeyStatus, KeyUsage
from apikeys.pages.words import STATUS_LABELS, exact, relative, relative_days, role_label
from apikeys.rules import EXPIRING_SOON, RECENT_USE, UNUSED_AFTER

NEW_FOR = timedelta(minutes=2)
"""A key is marked as new in the list for this long."""


@dataclass(frozen=True, slots=True)
class Flag:
    """Something about a key that needs a look, with the tone that colours it."""

    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key, ready to show. What the viewer may not read is empty."""

    client_id: str
    name: str
    description: str
    email: str
    role: str
    role_label: str
    status: str
    status_label: str
    created: str
    created_exact: str
    creator: str
    creator_left: bool
    last_used: str
    last_used_exact: str
    last_used_from: str
    expires: str
    expires_exact: str
    deleted_exact: str
    deleted_by: str
    flags: list[Flag]
    used_recently: bool
    is_new: bool
    url: str
    edit_url: str
    role_url: str
    delete_url: str
    may_edit: bool
    may_assign_role: bool
    may_delete: bool


class KeyPresenter:
    """Turns keys into rows for one viewer of one tenant; asks who is still a member only once.

    The platform's staff can delete a key; the portfolio has no other page about it.
    """

    def __init__(self, actor: Actor, tenant: Tenant, now: datetime) -> None:
        self.now = now
        self.tenant = tenant
        self.reads_users = actor.may(Permission.READ_USERS, tenant)
        self.staff = isinstance(actor, StaffActor)
        self.edits = not self.staff and actor.may(Permission.CHANGE_KEYS, tenant)
        self.assigns = not self.staff and actor.may(Permission.ASSIGN_KEY_ROLE, tenant)
        self.revokes = actor.may(Permission.REVOKE_KEYS, tenant)
        self.members: Collection[str] = (
            set(
                Membership.objects.current()
                .filter(tenant=tenant)
                .values_list("user__public_id", flat=True)
            )
            if self.reads_users
            else ()
        )
        home = "portfolio_tenant" if self.staff else "overview"
        self.base = f"{reverse(home, args=[tenant.public_id])}keys/"

    def rows(self, keys: Iterable[ApiKey]) -> list[KeyRow]:
        """The rows of `keys`, which should come with their usage selected."""
        found = list(keys)
        newest = max(found, key=lambda key: (key.created_at, key.pk), default=None)
        return [self.row(key, is_newest=key is newest) for key in found]

    def row(self, key: ApiKey, *, is_newest: bool = False) -> KeyRow:
        """One key as a row; the newest of a list is marked as new for a moment."""
        status = key.status_at(self.now)
        usage = usage_of(key)
        used_at = usage.last_used_at if usage else None
        url = f"{self.base}{key.client_id}/"
        living = status != KeyStatus.REVOKED
        return KeyRow(
            client_id=key.client_id,
            name=key.name,
            description=key.description,
            email=key.email if self.reads_users else "",
            role=key.role or "",
            role_label=role_label(key.role),
            status=str(status.value),
            status_label=STATUS_LABELS[status],
            created=relative(key.created_at, self.now),
            created_exact=exact(key.created_at),
            creator=key.created_by_label if self.reads_users else "",
            creator_left=self.creator_left(key),
            last_used=relative(used_at, self.now),
            last_used_exact=exact(used_at),
            last_used_from=(usage.last_used_from or "") if usage and self.reads_users else "",
            expires=relative(key.expires_at, self.now),
            expires_exact=exact(key.expires_at),
            deleted_exact=exact(key.revoked_at, none=""),
            deleted_by=key.revoked_by_label if self.reads_users else "",
            flags=self.flags(key, status, used_at),
            used_recently=used_at is not None and self.now - used_at <= RECENT_USE,
            is_new=is_newest and living and not self.staff and self.now - key.created_at <= NEW_FOR,
            url="" if self.staff else url,
            edit_url=f"{url}edit/",
            role_url=f"{url}role/",
            delete_url=f"{url}delete/",
            may_edit=living and self.edits,
            may_assign_role=living and self.assigns,
            may_delete=living and self.revokes,
        )

    def creator_left(self, key: ApiKey) -> bool:
        """Whether the person who made the key has left the tenant; the key stays."""
        made_by_person = key.created_by_type == ActorType.PERSON
        return self.reads_users and made_by_person and key.created_by_id not in self.members

    def flags(self, key: ApiKey, status: KeyStatus, used_at: datetime | None) -> list[Flag]:
        """What about a working key needs a look."""
        if status != KeyStatus.ACTIVE:
            return []
        flags = []
        if key.expires_at is not None and key.expires_at - self.now <= EXPIRING_SOON:
            flags.append(Flag("warning", f"Expires {relative_days(key.expires_at, self.now)}"))
        if unused(key, used_at, self.now):
            flags.append(Flag("info", f"Unused for {UNUSED_AFTER.days} days"))
        if self.creator_left(key):
            flags.append(Flag("info", "Creator left"))
        return flags


def usage_of(key: ApiKey) -> KeyUsage | None:
    """The key's last use, if it was ever used."""
    try:
        return key.usage
    except KeyUsage.DoesNotExist:
        return None


def unused(key: ApiKey, used_at: datetime | None, now: datetime) -> bool:
    """Whether an old enough key has had no request for a long time, or never one."""
    return now - max(key.created_at, used_at or key.created_at) > UNUSED_AFTER
