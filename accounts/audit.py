"""The audit trail's only writer."""

from datetime import timedelta
from typing import Any, Protocol

from django.db import connection
from django.db.models.functions import Now

from accounts import advisory, request_context
from accounts.actor import Actor
from accounts.errors import Refused
from accounts.events import Event
from accounts.models import AuditEvent, Outcome, Tenant
from accounts.targets import Target

REFUSAL_INTERVAL = timedelta(minutes=1)
"""Within this interval, the same refusal of the same actor leaves one event."""


class Auditable(Protocol):
    """A row that events can be about."""

    @property
    def audit_target(self) -> Target:
        """What the event is about."""

    @property
    def audit_tenant(self) -> Tenant | None:
        """The tenant in whose trail the event stands; None for the platform's own."""


def record(
    actor: Actor,
    event: Event,
    about: Auditable,
    *,
    outcome: Outcome = Outcome.DONE,
    **data: Any,
) -> AuditEvent:
    """Write one event in the transaction of the caller; if it cannot be written, nothing happens.

    `data` holds what changed, as JSON; never a secret, a verifier or a whole request.
    """
    context = request_context.current()
    stamp, target = actor.stamp, about.audit_target
    return AuditEvent.objects.create(
        tenant=about.audit_tenant,
        event=event,
        outcome=outcome,
        actor_type=stamp.type,
        actor_id=stamp.id,
        actor_label=stamp.label,
        target_type=target.type,
        target_id=target.id,
        target_label=target.label,
        data=data,
        request_id=context.request_id,
        caller_request_id=context.caller_request_id,
        address=context.address,
    )


def record_refusal(actor: Actor, event: Event, about: Auditable, refusal: Refused) -> None:
    """Write that `actor` was refused, unless the same refusal was written within a minute.

    Must run inside a transaction: the same refusal recorded elsewhere at this moment is waited
    for, so that many requests at once leave one event too.
    """
    advisory.wait_for(about.audit_target.id, event, actor.stamp.id, refusal.code)
    already = AuditEvent.objects.filter(
        tenant=about.audit_tenant,
        target_id=about.audit_target.id,
        event=event,
        outcome=Outcome.REFUSED,
        actor_id=actor.stamp.id,
        data__code=refusal.code,
        at__gt=Now() - REFUSAL_INTERVAL,
    )
    if not already.exists():
        record(actor, event, about, outcome=Outcome.REFUSED, code=refusal.code)


def record_refused_read(actor: Actor, event: Event, about: Auditable, refusal: Refused) -> None:
    """`record_refusal` for what would only have read: the answer waits for no standby.

    Must run in a transaction that writes nothing else, since none of it waits for a standby: the
    event is lost only if this server is lost too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = local")
    record_refusal(actor, event, about, refusal)
