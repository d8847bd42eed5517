"""Actors: a person, an API key or the platform, acting for a tenant."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Self

from django.db.models import Q

from accounts.deciders import deciders, named
from accounts.errors import OwnAccountRefused, PermissionRefused, StaffRefused
from accounts.models import Membership, Tenant, User
from accounts.roles import (
    READING,
    ROLE_PERMISSIONS,
    STAFF_PERMISSIONS,
    Permission,
    Role,
    StaffRole,
    covers,
)
from accounts.targets import Target


class ActorType(StrEnum):
    """What kind of actor an audit event, a key's creator or its deleter was."""

    PERSON = "user"
    API_KEY = "api_key"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who did something, with the label as it was then."""

    type: ActorType
    id: str
    label: str


class Actor(ABC):
    """Somebody or something that asks for a verb. `may` is the one question about rights."""

    @property
    @abstractmethod
    def stamp(self) -> Stamp:
        """Type, public id and label, as they are stored with what this actor does."""

    @abstractmethod
    def role_in(self, tenant: Tenant) -> Role | None:
        """The role this actor carries in `tenant`; None for a tenant it has no part in."""

    @abstractmethod
    def scope(self, path: str) -> Q:
        """Which rows this actor sees, as a condition on the tenant that `path` leads to."""

    @abstractmethod
    def reread(self) -> Self:
        """The same actor with its rights read again from the database.

        Verbs call this under the tenant's lock: what was true when the request signed in may
        have ended while it waited.
        """

    def may(self, permission: Permission, tenant: Tenant) -> bool:
        """Whether this actor holds `permission` in `tenant`."""
        role = self.role_in(tenant)
        return role is not None and permission in ROLE_PERMISSIONS[role]

    def refusal(self, permission: Permission, tenant: Tenant) -> PermissionRefused:
        """Why this actor does not hold `permission` in `tenant`, and what to do instead.

        An actor whose rights are narrower than its role says so here. A caller that asked `may` and
        got False raises this.
        """
        return PermissionRefused(permission, self.role_in(tenant))

    def may_grant(self, role: Role, tenant: Tenant) -> bool:
        """Whether this actor may give `role` away: nobody grants more than they have."""
        held = self.role_in(tenant)
        return held is not None and covers(held, role)


class PersonActor(Actor):
    """A signed-in person, with the roles of their current memberships."""

    def __init__(self, user: User) -> None:
        self.user = user

    @property
    def stamp(self) -> Stamp:
        return Stamp(ActorType.PERSON, self.user.public_id, self.user.display_name)

    @cached_property
    def roles(self) -> dict[int, Role]:
        """Tenant key to role, for every current membership; one query, then remembered."""
        rows = Membership.objects.current().filter(user=self.user).values_list("tenant_id", "role")
        return {tenant_pk: Role(role) for tenant_pk, role in rows}

    def role_in(self, tenant: Tenant) -> Role | None:
        return self.roles.get(tenant.pk)

    def scope(self, path: str) -> Q:
        return Q(**{f"{path}__in": list(self.roles)})

    def reread(self) -> Self:
        return type(self)(self.user)


class StaffActor(Actor):
    """A relationship manager or an operator, acting for the platform and not as a member.

    A manager reaches the tenants of their portfolio, an operator all. A person who is also a
    member of a tenant acts there as a `PersonActor`; the two never add up. About such a tenant
    they decide nothing here, whatever their role in it is: they only read.
    """

    def __init__(self, user: User) -> None:
        self.user = user

    @property
    def stamp(self) -> Stamp:
        return Stamp(ActorType.PERSON, self.user.public_id, self.user.display_name)

    @property
    def audit_target(self) -> Target:
        """The person themselves: a refusal outside of any tenant is about them."""
        return self.user.audit_target

    @property
    def audit_tenant(self) -> None:
        """None: such an event stands in no tenant's trail."""
        return None

    @property
    def staff_role(self) -> StaffRole | None:
        """What the person is on the staff; None for everybody else, and once disabled."""
        if not self.user.is_active or not self.user.staff_role:
            return None
        return StaffRole(self.user.staff_role)

    @property
    def operates(self) -> bool:
        """Whether this is an operator."""
        return self.staff_role == StaffRole.OPERATOR

    def role_in(self, tenant: Tenant) -> Role | None:
        """Staff carry no role of a tenant."""
        return None

    @cached_property
    def member_of(self) -> frozenset[int]:
        """Keys of the tenants that the person is a member of; one query, then remembered."""
        return frozenset(PersonActor(self.user).roles)

    def may(self, permission: Permission, tenant: Tenant) -> bool:
        if not self._holds(permission, tenant):
            return False
        return permission in READING or tenant.pk not in self.member_of

    def refusal(self, permission: Permission, tenant: Tenant) -> PermissionRefused:
        """As for every actor; a member of the tenant hears who else can decide."""
        if self._holds(permission, tenant):
            return OwnAccountRefused(named(deciders(tenant)))
        return StaffRefused()

    def _holds(self, permission: Permission, tenant: Tenant) -> bool:
        """Whether the staff role alone gives the right to it."""
        role = self.staff_role
        if role is None or permission not in STAFF_PERMISSIONS[role]:
            return False
        return self.operates or tenant.relationship_manager_id == self.user.pk

    def may_grant(self, role: Role, tenant: Tenant) -> bool:
        return self.may(Permission.MANAGE_MEMBERS, tenant)

    def scope(self, path: str) -> Q:
        if self.operates:
            return Q()
        prefix = "" if path == "pk" else f"{path}__"
        if self.staff_role is None:
            return Q(pk__in=[])
        return Q(**{f"{prefix}relationship_manager": self.user.pk})

    def reread(self) -> Self:
        return type(self)(User.objects.get(pk=self.user.pk))


class SystemActor(Actor):
    """The platform itself: management commands run by whoever holds the server.

    It holds every permission in every tenant, and is stored as "platform" with the name of
    the command.
    """

    def __init__(self, command: str) -> None:
        self.command = command

    @property
    def stamp(self) -> Stamp:
        return Stamp(ActorType.SYSTEM, self.command, "platform")

    def role_in(self, tenant: Tenant) -> Role | None:
        return Role.ADMIN

    def may(self, permission: Permission, tenant: Tenant) -> bool:
        return True

    def scope(self, path: str) -> Q:
        return Q()

    def reread(self) -> Self:
        return self
