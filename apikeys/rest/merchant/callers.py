"""Who asks, and for which merchant: an admin key of that tenant, or a platform key."""

import re

from accounts.models import Membership, Tenant
from accounts.roles import Role
from apikeys.key_actor import KeyActor
from apikeys.rest.merchant.faults import FORBIDDEN, NO_SUCH_MERCHANT, Fault, FaultCode, unauthorized
from apikeys.rest.operations import Caller

_MERCHANT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def merchant(caller: Caller, merchant_id: str) -> Tenant:
    """The tenant that `caller` asks about. Raises `Fault`.

    To a tenant's key every other merchant is 401 IR_01, whether or not it exists. A platform key
    is at home in all of them, so it hears 404 HE_02 where there is none, as from Hyperswitch. One
    for introspection only hears 403 IR_22 for whatever merchant.
    """
    if isinstance(caller, KeyActor):
        if caller.key.tenant.public_id != merchant_id:
            raise unauthorized()
        return caller.key.tenant
    if not caller.manages_keys:
        raise Fault(FaultCode.FORBIDDEN, FORBIDDEN)
    tenant = None
    if _MERCHANT_ID.fullmatch(merchant_id):
        tenant = Tenant.objects.visible_to(caller).filter(public_id=merchant_id).first()
    if tenant is None:
        raise Fault(FaultCode.NOT_FOUND, NO_SUCH_MERCHANT)
    return tenant


def responsible_email(caller: Caller, tenant: Tenant) -> str:
    """The email of a key that is created here, where the contract has none.

    The calling key's; with a platform key the tenant's contact email, or without one its
    longest-standing admin's. Raises `Fault` if there is neither: a key must be somebody's.
    """
    if isinstance(caller, KeyActor):
        return caller.key.email
    if tenant.contact_email:
        return tenant.contact_email
    admins = Membership.objects.current().filter(tenant=tenant, role=Role.ADMIN)
    admin = admins.select_related("user").order_by("created_at", "pk").first()
    if admin is None:
        raise Fault(
            FaultCode.PRECONDITION,
            "This merchant has neither a contact email nor an admin, so nobody would be "
            "responsible for the key. Invite an admin first.",
        )
    return admin.user.email
