"""Mails about API access, put into the outbox in the transaction of what they tell."""

from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse

from accounts.deciders import deciders
from accounts.errors import TooMany
from accounts.mail_caps import MailCap, charge_mail
from accounts.models import Membership, Tenant, User
from accounts.rate_limits import RateLimit
from accounts.roles import Role
from accounts.services import outbox
from apikeys.models import AccessRequest

CAP = MailCap(
    "access_request",
    "requests for API access",
    sender=RateLimit("sender", 5, 3600),
    account=RateLimit("account", 5, 3600),
    target=RateLimit("target", 60, 3600),
)


def access_requested(request: AccessRequest) -> None:
    """Tell whoever decides: the relationship manager, or the operators where there is none.

    Raises `TooMany` where a request is withdrawn and sent again and again. Who decides for many
    accounts gets so many mails an hour; requests beyond stand in the queue like all others.
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
        outbox.enqueue(person.email, "access_requested", context)


def access_decided(request: AccessRequest) -> None:
    """Tell the tenant's admins how it ended, with the reason they may read."""
    url = _address("overview", request.tenant)
    context = {"request": request, "tenant": request.tenant, "url": url}
    _tell(admins(request.tenant), "access_decided", context)


def access_suspended(tenant: Tenant, text: str) -> None:
    """Tell the tenant's admins that every key is refused, and what the platform says."""
    context = {"tenant": tenant, "text": text, "url": _address("overview", tenant)}
    _tell(admins(tenant), "access_suspended", context)


def access_restored(tenant: Tenant) -> None:
    """Tell the tenant's admins that their keys work again."""
    context = {"tenant": tenant, "url": _address("key_list", tenant)}
    _tell(admins(tenant), "access_restored", context)


def admins(tenant: Tenant) -> list[User]:
    """The tenant's current admins."""
    memberships = Membership.objects.current().filter(tenant=tenant, role=Role.ADMIN)
    return [membership.user for membership in memberships.select_related("user").order_by("pk")]


def _tell(people: Iterable[User], template: str, context: dict[str, object]) -> None:
    for person in people:
        outbox.enqueue(person.email, template, context)


def _address(name: str, tenant: Tenant) -> str:
    return settings.PORTAL_URL + reverse(name, args=[tenant.public_id])
