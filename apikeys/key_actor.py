"""An API key as an actor: it acts for its own tenant and for nothing else."""

from typing import Self

from django.db.models import Q

from accounts.actor import Actor, ActorType, Stamp
from accounts.errors import PermissionRefused
from accounts.models import Tenant
from accounts.roles import Permission, Role
from accounts.tenancy import TenantScope
from apikeys.errors import ActorEnded, TokenRefused
from apikeys.models import AccessState, ApiKey

WITHHELD_FROM_TOKENS = frozenset(
    {Permission.CREATE_KEYS, Permission.ASSIGN_KEY_ROLE, Permission.CHANGE_KEY_TERMS}
)
"""What would outlive an access token: a key, a key's role, its email and expiration.

Whoever finds a token must not be able to turn an hour into more. Stopping a key is never withheld.
"""


class KeyActor(Actor):
    """A key that has proved itself. Its label is its name.

    An access token travels more than the secret, more programs see it, and it passes for an hour.
    So it cannot do what `WITHHELD_FROM_TOKENS` names.
    """

    def __init__(self, key: ApiKey, *, by_token: bool = False) -> None:
        self.key = key
        self.by_token = by_token

    @property
    def stamp(self) -> Stamp:
        return Stamp(ActorType.API_KEY, self.key.client_id, self.key.name)

    def role_in(self, tenant: Tenant) -> Role | None:
        if tenant.pk != self.key.tenant_id or self.key.role is None:
            return None
        return Role(self.key.role)

    def may(self, permission: Permission, tenant: Tenant) -> bool:
        withheld = self.by_token and permission in WITHHELD_FROM_TOKENS
        return not withheld and super().may(permission, tenant)

    def refusal(self, permission: Permission, tenant: Tenant) -> PermissionRefused:
        """As for every actor; a token is told where the key's secret would be enough."""
        if super().may(permission, tenant):
            return TokenRefused(permission, self.role_in(tenant))
        return super().refusal(permission, tenant)

    def scope(self, path: str) -> Q:
        return TenantScope(self.key.tenant_id).scope(path)

    def reread(self) -> Self:
        """The key as it is now. Raises `ActorEnded` if it would not pass any more."""
        usable = ApiKey.objects.active().filter(
            pk=self.key.pk, tenant__api_access__state=AccessState.ENABLED
        )
        key = usable.select_related("tenant").first()
        if key is None:
            raise ActorEnded
        return type(self)(key, by_token=self.by_token)
