"""The frame of every verb: one transaction, and a refusal that leaves only its audit event."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.db import transaction

from accounts import audit
from accounts.actor import Actor
from accounts.errors import GrantRefused, Refused
from accounts.events import Event
from accounts.models import Tenant
from accounts.roles import Permission, Role
from accounts.tenancy import lock_tenant


def verb[**P, R](event: Event, *, about: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a verb: keyword arguments only, `actor` among them.

    `event` is what a refusal is recorded as, `about` the argument that it is about. The body
    runs in one transaction. A `Refused` rolls it back and is then recorded in a transaction of
    its own; nothing else of the attempt remains.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except Refused as refusal:
                if refusal.audited:
                    _record(event, kwargs, about, refusal)
                raise

        return run

    return decorate


def _record(event: Event, arguments: dict[str, Any], about: str, refusal: Refused) -> None:
    actor = cast(Actor, arguments["actor"])
    subject = cast(audit.Auditable, arguments[about])
    with transaction.atomic():
        audit.record_refusal(actor, event, subject, refusal)


def enter[A: Actor](actor: A, tenant: Tenant, permission: Permission | None) -> tuple[Tenant, A]:
    """Take the tenant's lock, read the actor's rights again under it, and require `permission`.

    The first statement of every verb that acts in a tenant. Read before the lock, a right could end
    while the verb waits. None asks for no permission: the verb itself says whose business it is.
    """
    tenant = lock_tenant(tenant)
    actor = actor.reread()
    if permission is not None:
        require(actor, permission, tenant)
    return tenant, actor


def require(actor: Actor, permission: Permission, tenant: Tenant) -> None:
    """Raise the actor's `PermissionRefused` unless it holds `permission` in `tenant`."""
    if not actor.may(permission, tenant):
        raise actor.refusal(permission, tenant)


def require_grant(actor: Actor, role: Role, tenant: Tenant) -> None:
    """Raise `GrantRefused` unless the actor may give `role` away in `tenant`."""
    if not actor.may_grant(role, tenant):
        raise GrantRefused(role, actor.role_in(tenant))
