"""The tenant of the calling key, over the canonical API."""

from http import HTTPMethod

from accounts.models import TenantKind
from accounts.roles import Permission
from apikeys.key_actor import KeyActor
from apikeys.models import AccessState
from apikeys.rest.answers import Reply
from apikeys.rest.canonical.schemas import BusinessUnitView
from apikeys.rest.operations import Call, operation
from apikeys.rest.requests import NoBody, NoQuery
from apikeys.services.api_access import access_of
from apikeys.services.key_limit import slots


@operation(
    HTTPMethod.GET,
    permission=Permission.READ_KEYS,
    query=NoQuery,
    body=NoBody,
    answer=BusinessUnitView,
)
def read_business_unit(call: Call[KeyActor, NoQuery, NoBody]) -> Reply[BusinessUnitView]:
    """Read the business unit.

    The account that the calling key belongs to: its API access, its limit, and how many active
    keys it has.
    """
    tenant, access = call.tenant, access_of(call.tenant)
    used = slots(tenant, access)
    return Reply(
        BusinessUnitView(
            tenant_id=tenant.public_id,
            name=tenant.name,
            kind=TenantKind(tenant.kind),
            api_access=AccessState(access.state),
            key_limit=used.limit,
            active_keys=used.active,
        )
    )
