"""The verbs of API access: a state machine under the tenant's lock.

none → requested → enabled ⇄ suspended; a declined or withdrawn request returns to none.
"""

from django.conf import settings

from accounts import audit
from accounts.actor import Actor, PersonActor, StaffActor
from accounts.clock import database_now
from accounts.deciders import named, operators
from accounts.errors import Invalid
from accounts.models import Tenant
from accounts.roles import Permission
from accounts.services.verbs import enter, verb
from accounts.text_rules import required_text
from apikeys.errors import AccessStateRefused, StoppedByOperator
from apikeys.events import AccessEvent
from apikeys.models import AccessRequest, AccessState, ApiAccess, Decision
from apikeys.rules import REASON_MAX
from apikeys.services import notices
from apikeys.services.summaries import refresh_summary

WHY = "Say why, in one sentence."


def access_of(tenant: Tenant) -> ApiAccess:
    """The tenant's API access as it stands in the database now."""
    return ApiAccess.objects.get(tenant=tenant)


def open_request(tenant: Tenant) -> AccessRequest | None:
    """The tenant's request that waits for a decision, if there is one."""
    return AccessRequest.objects.filter(tenant=tenant).open().first()


@verb(AccessEvent.REQUESTED, about="tenant")
def request_access(*, actor: PersonActor, tenant: Tenant, reason: str) -> AccessRequest:
    """Ask for API access with a short reason; one open request per tenant.

    The relationship manager is told by mail, or the operators where there is none. Raises
    `Invalid`, `PermissionRefused`, `AccessStateRefused` if access was asked for or given already.
    """
    tenant, actor, access = _enter(actor, tenant, Permission.REQUEST_ACCESS)
    _require_state(access, AccessState.NONE)
    request = AccessRequest.objects.create(
        tenant=tenant,
        reason=required_text("reason", reason, REASON_MAX, "Say what you need the keys for."),
        requested_by=actor.user,
        requested_by_label=actor.stamp.label,
    )
    _move(access, AccessState.REQUESTED)
    audit.record(actor, AccessEvent.REQUESTED, tenant, reason=request.reason)
    notices.access_requested(request)
    return request


@verb(AccessEvent.WITHDRAWN, about="tenant")
def withdraw_request(*, actor: PersonActor, tenant: Tenant) -> None:
    """Take the open request back. Raises `AccessStateRefused` if it was decided meanwhile."""
    tenant, actor, access = _enter(actor, tenant, Permission.REQUEST_ACCESS)
    _require_state(access, AccessState.REQUESTED)
    _decide(actor, tenant, Decision.WITHDRAWN, "")
    _move(access, AccessState.NONE)
    audit.record(actor, AccessEvent.WITHDRAWN, tenant)


@verb(AccessEvent.APPROVED, about="tenant")
def approve_request(*, actor: StaffActor, tenant: Tenant, text: str = "") -> ApiAccess:
    """Enable access as asked.

    `text` is what the tenant reads beside the decision, and may be empty. Raises
    `AccessStateRefused` if the request was withdrawn or decided meanwhile.
    """
    tenant, actor, access = _enter(actor, tenant, Permission.DECIDE_ACCESS)
    _require_state(access, AccessState.REQUESTED)
    if text.strip():
        text = required_text("text", text, REASON_MAX, "")
    request = _decide(actor, tenant, Decision.APPROVED, text.strip())
    _move(access, AccessState.ENABLED)
    audit.record(actor, AccessEvent.APPROVED, tenant, text=request.decision_text)
    notices.access_decided(request)
    return access


@verb(AccessEvent.DECLINED, about="tenant")
def decline_request(*, actor: StaffActor, tenant: Tenant, text: str) -> ApiAccess:
    """Decline with a reason that the tenant reads; they may ask again."""
    tenant, actor, access = _enter(actor, tenant, Permission.DECIDE_ACCESS)
    _require_state(access, AccessState.REQUESTED)
    text = required_text("text", text, REASON_MAX, "Say why; the account reads it.")
    request = _decide(actor, tenant, Decision.DECLINED, text)
    _move(access, AccessState.NONE)
    audit.record(actor, AccessEvent.DECLINED, tenant, text=text)
    notices.access_decided(request)
    return access


@verb(AccessEvent.ENABLED, about="tenant")
def enable_access(*, actor: Actor, tenant: Tenant) -> ApiAccess:
    """Let the tenant have keys without a request, or approve the one that waits.

    Enabling twice changes nothing; a suspended tenant is restored, not enabled.
    """
    tenant, actor, access = _enter(actor, tenant, Permission.DECIDE_ACCESS)
    if access.state == AccessState.ENABLED:
        return access
    _require_state(access, AccessState.NONE, AccessState.REQUESTED)
    if access.state == AccessState.REQUESTED:
        notices.access_decided(_decide(actor, tenant, Decision.APPROVED, ""))
    _move(access, AccessState.ENABLED)
    audit.record(actor, AccessEvent.ENABLED, tenant)
    return access


@verb(AccessEvent.SUSPENDED, about="tenant")
def suspend_access(
    *, actor: StaffActor, tenant: Tenant, client_text: str, internal_note: str
) -> ApiAccess:
    """Stop every key of the tenant at once and keep them.

    When the caller's transaction has committed, no check passes. `client_text` is what the
    client reads, `internal_note` is for platform staff; both are required. What a manager
    suspended an operator may suspend again: from then on only operators restore it.
    """
    tenant, actor, access = _enter(actor, tenant, Permission.SUSPEND_ACCESS)
    if not can_suspend(actor, access):
        raise AccessStateRefused(AccessState(access.state))
    access.client_text = required_text(
        "client_text", client_text, REASON_MAX, "Say what the client is to read."
    )
    access.internal_note = required_text("internal_note", internal_note, REASON_MAX, WHY)
    access.suspended_by_operator = actor.operates
    _move(access, AccessState.SUSPENDED)
    audit.record(actor, AccessEvent.SUSPENDED, tenant, text=access.client_text)
    notices.access_suspended(tenant, access.client_text)
    return access


@verb(AccessEvent.RESTORED, about="tenant")
def restore_access(*, actor: StaffActor, tenant: Tenant, reason: str) -> ApiAccess:
    """Let the tenant's keys pass again, all that are neither deleted nor expired.

    Raises `StoppedByOperator` for a manager where an operator suspended it.
    """
    tenant, actor, access = _enter(actor, tenant, Permission.SUSPEND_ACCESS)
    _require_state(access, AccessState.SUSPENDED)
    if (refusal := restore_refusal(actor, tenant, access)) is not None:
        raise refusal
    reason = required_text("reason", reason, REASON_MAX, WHY)
    access.client_text = access.internal_note = ""
    access.suspended_by_operator = False
    _move(access, AccessState.ENABLED)
    audit.record(actor, AccessEvent.RESTORED, tenant, reason=reason)
    notices.access_restored(tenant)
    return access


def can_suspend(actor: StaffActor, access: ApiAccess) -> bool:
    """Whether the state lets the actor suspend: an operator also what a manager suspended."""
    if access.state == AccessState.SUSPENDED:
        return actor.operates and not access.suspended_by_operator
    return access.state == AccessState.ENABLED


def restore_refusal(
    actor: StaffActor, tenant: Tenant, access: ApiAccess
) -> StoppedByOperator | None:
    """Why the actor cannot restore a suspended tenant, and whom to ask; None if they can."""
    if access.suspended_by_operator and not actor.operates:
        return StoppedByOperator(named(operators(tenant)))
    return None


@verb(AccessEvent.LIMIT_SET, about="tenant")
def set_key_limit(*, actor: StaffActor, tenant: Tenant, limit: int, reason: str = "") -> ApiAccess:
    """Set how many active keys the tenant may have, from 1 to `settings.KEY_LIMIT_CEILING`.

    Above the ceiling only operators, with a reason, and above what an operator set only
    operators. Below the active count existing keys stay and new ones are refused.
    """
    tenant, actor, access = _enter(actor, tenant, Permission.SET_KEY_LIMIT)
    ceiling: int = settings.KEY_LIMIT_CEILING
    if not 1 <= limit <= HIGHEST_LIMIT:
        raise Invalid({"limit": f"Choose a number from 1 to {HIGHEST_LIMIT}."})
    highest, exceeds = managers_limit(access), actor.may(Permission.EXCEED_KEY_LIMIT, tenant)
    if limit > highest and not exceeds:
        raise Invalid({"limit": f"At most {highest}; above that ask an operator."})
    if limit > ceiling:
        reason = required_text("reason", reason, REASON_MAX, f"Say why more than {ceiling}.")
    operators = access.operator_limit
    if exceeds:
        operators = limit if limit < ceiling else None
    if (limit, operators) != (access.key_limit, access.operator_limit):
        was, access.key_limit, access.operator_limit = access.key_limit, limit, operators
        access.save(update_fields=["key_limit", "operator_limit"])
        audit.record(actor, AccessEvent.LIMIT_SET, tenant, was=was, now=limit, reason=reason)
        refresh_summary(tenant)
    return access


def managers_limit(access: ApiAccess) -> int:
    """What a manager may set at most: the ceiling, or less where an operator set less."""
    ceiling: int = settings.KEY_LIMIT_CEILING
    return ceiling if access.operator_limit is None else min(ceiling, access.operator_limit)


HIGHEST_LIMIT = 1_000
"""No tenant needs more active keys, and a page shows them all."""


def _enter[A: Actor](
    actor: A, tenant: Tenant, permission: Permission
) -> tuple[Tenant, A, ApiAccess]:
    tenant, actor = enter(actor, tenant, permission)
    return tenant, actor, access_of(tenant)


def _require_state(access: ApiAccess, *states: AccessState) -> None:
    if access.state not in states:
        raise AccessStateRefused(AccessState(access.state))


def _decide(actor: Actor, tenant: Tenant, decision: Decision, text: str) -> AccessRequest:
    request = AccessRequest.objects.open().select_for_update(no_key=True).get(tenant=tenant)
    request.decision, request.decision_text = decision, text
    request.decided_at, request.decided_by_label = database_now(), actor.stamp.label
    request.save()
    return request


def _move(access: ApiAccess, state: AccessState) -> None:
    """Put the state. A tenant that is suspended already keeps the time of its first suspension."""
    if access.state != state:
        access.state, access.changed_at = state, database_now()
    access.save()
