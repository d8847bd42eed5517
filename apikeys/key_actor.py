"""An API key as an actor: it acts for its own tenant and for nothing else."""

from typing import Self

from django.db.models import Q

from accounts.actor import Actor, ActorType, Stamp
from accounts.models import Tenant
from accounts.roles import Permission, Role
from apikeys.errors import ActorEnded
from apikeys.models import AccessState, ApiKey


class KeyActor(Actor):
    """A key that has proved itself. Its label is its name.

    An access token, which travels more and is seen by more programs than the secret, cannot make
    what outlives it: new keys.
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
        withheld = self.by_token and permission == Permission.CREATE_KEYS
        return not withheld and super().may(permission, tenant)

    def refused_by_token(self, permission: Permission, tenant: Tenant) -> bool:
        """Whether the key's secret would pass where its token does not."""
        return super().may(permission, tenant) and not self.may(permission, tenant)

    def scope(self, path: str) -> Q:
        return Q(**{path: self.key.tenant_id})

    def reread(self) -> Self:
        """The key as it is now. Raises `ActorEnded` if it would not pass any more."""
        usable = ApiKey.objects.active().filter(
            pk=self.key.pk, tenant__api_access__state=AccessState.ENABLED
        )
        key = usable.select_related("tenant").first()
        if key is None:
            raise ActorEnded
        return type(self)(key, by_token=self.by_token)
