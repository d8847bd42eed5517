"""Mails about API access, put into the outbox in the transaction of what they tell."""

from django.conf import settings
from django.urls import reverse

from accounts.deciders import deciders
from accounts.errors import TooMany
from accounts.mail_caps import MailCap, charge_mail
from accounts.models import Membership, OutboxMail, Tenant, User
from accounts.rate_limits import RateLimit
from accounts.roles import Role
from accounts.services import outbox
from apikeys.models import AccessRequest, AccessState, ApiAccess, Decision

CAP = MailCap(
    "access_request",
    "requests for API access",
    sender=RateLimit("sender", 5, 3600),
    account=RateLimit("account", 5, 3600),
    target=RateLimit("target", 60, 3600),
)


def access_requested(request: AccessRequest) -> None:
    """Tell whoever decides: the relationship manager, or the operators where there is none.

    Raises `TooMany` where a request is withdrawn and sent again and again. Somebody who decides
    for many accounts gets so many mails an hour; further requests stand only in the queue.
    """
    url = _address("portfolio_tenant", request.tenant)
    sender = request.requested_by.public_id if request.requested_by else ""
    charge_mail(CAP, sender=sender, account=request.tenant.public_id)
    for person in deciders(request.tenant):
        try:
            charge_mail(CAP, targets=[person.email])
        except TooMany:
            continue
        context = {"request": request, "tenant": request.tenant, "url": url}
        matter = f"access_request {request.pk}"
        outbox.enqueue(person.email, "access_requested", context, matter=matter)


def access_decided(request: AccessRequest) -> None:
    """Tell the tenant's admins how the request ended, with the reason that they may read."""
    url = _address("overview", request.tenant)
    context = {"request": request, "tenant": request.tenant, "url": url}
    enabled = request.decision == Decision.APPROVED
    state = AccessState.ENABLED if enabled else AccessState.NONE
    _tell(request.tenant, state, "access_decided", context)


def access_suspended(tenant: Tenant, text: str) -> None:
    """Tell the tenant's admins that every key is refused, and what the platform says."""
    context = {"tenant": tenant, "text": text, "url": _address("overview", tenant)}
    _tell(tenant, AccessState.SUSPENDED, "access_suspended", context)


def access_restored(tenant: Tenant) -> None:
    """Tell the tenant's admins that their keys work again."""
    context = {"tenant": tenant, "url": _address("key_list", tenant)}
    _tell(tenant, AccessState.ENABLED, "access_restored", context)


def admins(tenant: Tenant) -> list[User]:
    """The tenant's current admins."""
    memberships = Membership.objects.current().filter(tenant=tenant, role=Role.ADMIN)
    return [membership.user for membership in memberships.select_related("user").order_by("pk")]


def still_to_decide(mail: OutboxMail, request: str) -> bool:
    """Whether the request of a mail waits, and the mail's recipient still decides about it."""
    found = AccessRequest.objects.open().filter(pk=int(request)).select_related("tenant").first()
    return found is not None and mail.to in {person.email for person in deciders(found.tenant)}


def still_so(mail: OutboxMail, words: str) -> bool:
    """Whether access is what a mail says, and the mail's recipient still administers the tenant."""
    tenant, state = words.split()
    found = (
        ApiAccess.objects.filter(tenant=int(tenant), state=state).select_related("tenant").first()
    )
    return found is not None and mail.to in {person.email for person in admins(found.tenant)}


def _tell(tenant: Tenant, state: AccessState, template: str, context: dict[str, object]) -> None:
    """Tell the tenant's admins that its access is in `state` now."""
    for person in admins(tenant):
        matter = f"access {tenant.pk} {state}"
        outbox.enqueue(person.email, template, context, matter=matter)


def _address(name: str, tenant: Tenant) -> str:
    return settings.PORTAL_URL + reverse(name, args=[tenant.public_id])
