"""Operations: what the REST APIs can be asked, and what each declares.

An operation names its method, permission, the models of its query, body and answer, and how it can
be refused. `apikeys.rest.endpoints` holds it to that; the OpenAPI document is made of it.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPMethod, HTTPStatus
from typing import Any, Concatenate

from django.db import connection, transaction

from accounts import audit
from accounts.actor import Actor
from accounts.events import Event
from accounts.models import Tenant
from accounts.roles import Permission
from apikeys.codes import Code
from apikeys.events import ApiEvent
from apikeys.key_actor import KeyActor
from apikeys.platform_actor import PlatformKeyActor
from apikeys.rest.answers import Answer, Reply
from apikeys.rest.requests import Given

type Caller = KeyActor | PlatformKeyActor
"""Who may call an operation: a tenant's key, in some APIs also a platform key."""


@dataclass(frozen=True, slots=True)
class Call[C: Caller, Q: Given, B: Given]:
    """One request to an operation: who asks, about which tenant, and what they gave."""

    actor: C
    tenant: Tenant
    query: Q
    body: B
    refused_as: Event
    if_match: str | None = None
    """The header of a conditional operation, as it came."""

    def may(self, permission: Permission) -> bool:
        """Whether the calling key holds `permission` in its tenant."""
        return self.actor.may(permission, self.tenant)

    def require(self, permission: Permission) -> None:
        """Raise `PermissionRefused`, and record it, unless the calling key holds `permission`."""
        require_permission(self.actor, permission, self.tenant, self.refused_as)


@dataclass(frozen=True, slots=True)
class Operation[C: Caller]:
    """One method of one address."""

    method: HTTPMethod
    permission: Permission | None
    query: type[Given]
    body: type[Given]
    answer: type[Answer]
    status: HTTPStatus
    refused_as: Event
    refusals: tuple[Code, ...]
    conditional: bool
    repeatable: bool
    run: Callable[Concatenate[Call[C, Any, Any], ...], Reply[Any]]

    @property
    def changes(self) -> bool:
        """Whether it changes something, rather than only reading."""
        return self.method != HTTPMethod.GET

    @property
    def name(self) -> str:
        """What the operation is called in the OpenAPI document and in generated clients."""
        return self.run.__name__

    @property
    def summary(self) -> str:
        """The first line of its docstring, without the full stop."""
        return self._documentation[0].rstrip(".")

    @property
    def description(self) -> str:
        """The rest of its docstring, unwrapped: paragraphs are separated by empty lines."""
        paragraphs = "\n".join(self._documentation[1:]).strip().split("\n\n")
        return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)

    @property
    def _documentation(self) -> list[str]:
        return (inspect.getdoc(self.run) or "").splitlines() or [""]


def operation[C: Caller, Q: Given, B: Given, A: Answer, **P](  # noqa: PLR0913  # it is all of these
    method: HTTPMethod,
    *,
    permission: Permission | None,
    query: type[Q],
    body: type[B],
    answer: type[A],
    status: HTTPStatus = HTTPStatus.OK,
    refused_as: Event = ApiEvent.READ,
    refusals: tuple[Code, ...] = (),
    conditional: bool = False,
    repeatable: bool = False,
) -> Callable[[Callable[Concatenate[Call[C, Q, B], P], Reply[A]]], Operation[C]]:
    """Declare a function as an operation; it gets the `Call` and the address's parts.

    `permission` is asked before the body is read, so that a caller without it learns nothing
    of the fields; None lets every key pass. The verb asks again, under its lock. `refused_as`
    is the audit event of a refusal here, `refusals` the codes of this operation beyond those
    that follow from its other declarations. `conditional` operations honour If-Match,
    `repeatable` ones Idempotency-Key (for tenants' keys alone). The docstring is what callers read.
    """

    def declare(run: Callable[Concatenate[Call[C, Q, B], P], Reply[A]]) -> Operation[C]:
        return Operation(
            method,
            permission,
            query,
            body,
            answer,
            status,
            refused_as,
            refusals,
            conditional,
            repeatable,
            run,
        )

    return declare


def require_permission(actor: Actor, permission: Permission, tenant: Tenant, event: Event) -> None:
    """Raise `PermissionRefused`, and record it as `event`, unless the actor holds `permission`."""
    if not actor.may(permission, tenant):
        refusal = actor.refusal(permission, tenant)
        # What only reads has no transaction, and waits for no standby.
        record = audit.record_refusal if connection.in_atomic_block else audit.record_refused_read
        with transaction.atomic():
            record(actor, event, tenant, refusal)
        raise refusal
