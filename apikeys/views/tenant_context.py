"""What every page of a tenant needs to know."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.access import TenantRequest
from accounts.models import User
from accounts.roles import Permission
from apikeys.models import ApiAccess
from apikeys.services.api_access import access_of
from apikeys.services.places import places


@dataclass(frozen=True, slots=True)
class AccessNote:
    """The tenant's API access, as pages tell it."""

    state: str
    since: str = ""
    text: str = ""
    request_url: str = ""


@dataclass(frozen=True, slots=True)
class Manager:
    """Who helps this tenant, and how to reach them."""

    name: str
    email: str
    phone: str = ""


def manager_of(user: User | None) -> Manager | None:
    """The relationship manager as pages name them; None without one, or with a disabled one."""
    if user is None or not user.is_active:
        return None
    return Manager(user.display_name, user.email)


def key_context(request: TenantRequest, nav: str = "keys") -> dict[str, Any]:
    """Tenant, rights, access, free places, whom to ask, and the addresses every page links."""
    tenant = request.tenant
    access: ApiAccess = access_of(tenant)
    return {
        "tenant": tenant,
        "nav": nav,
        "may": {str(p): request.actor.may(p, tenant) for p in Permission},
        "access": AccessNote(access.state),
        "manager": manager_of(tenant.relationship_manager),
        "slots": places(tenant, access),
        "urls": {
            "list": reverse("key_list", args=[tenant.public_id]),
            "keys": reverse("key_list", args=[tenant.public_id]),
            "create": reverse("key_create", args=[tenant.public_id]),
            "overview": reverse("overview", args=[tenant.public_id]),
        },
    }
