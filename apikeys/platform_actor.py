"""A platform key as an actor: the platform itself, acting for every tenant."""

from typing import Self

from django.db import connection
from django.db.models import Q

from accounts.actor import Actor, ActorType, Stamp
from accounts.models import Tenant
from accounts.roles import Permission, Role
from apikeys.errors import ActorEnded
from apikeys.models import PlatformKey, PlatformKeyKind

PLATFORM_KEY_PERMISSIONS = frozenset(
    {
        Permission.READ_KEYS,
        Permission.CHANGE_KEYS,
        Permission.CREATE_KEYS,
        Permission.ASSIGN_KEY_ROLE,
        Permission.CHANGE_KEY_TERMS,
        Permission.REVOKE_KEYS,
    }
)
"""What the merchant API does with keys, and nothing about people or access."""

_HOLD = "SELECT 1 FROM apikeys_platformkey WHERE id = %s AND revoked_at IS NULL FOR SHARE"


class PlatformKeyActor(Actor):
    """A platform key that has proved its secret; stored as "platform" with its client ID."""

    def __init__(self, key: PlatformKey) -> None:
        self.key = key

    @property
    def stamp(self) -> Stamp:
        return Stamp(ActorType.SYSTEM, self.key.client_id, "platform")

    def role_in(self, tenant: Tenant) -> Role | None:
        """A platform key carries no role of a tenant."""
        return None

    def may(self, permission: Permission, tenant: Tenant) -> bool:
        return self.manages_keys and permission in PLATFORM_KEY_PERMISSIONS

    def may_grant(self, role: Role, tenant: Tenant) -> bool:
        return self.may(Permission.ASSIGN_KEY_ROLE, tenant)

    @property
    def manages_keys(self) -> bool:
        """Whether it may do more than ask about access tokens."""
        return self.key.kind == PlatformKeyKind.MERCHANT

    def scope(self, path: str) -> Q:
        return Q() if self.manages_keys else Q(pk__in=[])

    def reread(self) -> Self:
        """The key, held until the transaction ends. Raises `ActorEnded` if it was revoked.

        The tenant's lock does not keep a platform key from being revoked, as it does a tenant's
        key: a share of the key's own row does, so that nothing commits after its revocation was
        acknowledged. Shares do not wait for each other.
        """
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, [self.key.pk])
            if cursor.fetchone() is None:
                raise ActorEnded
        return type(self)(self.key)
