"""What every page of a tenant that speaks of its keys needs to know."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.access import TenantRequest
from accounts.pages.frame import Manager, manager_of, tenant_frame
from accounts.pages.words import exact
from accounts.roles import Permission
from apikeys.models import AccessRequest, AccessState, ApiAccess, Decision
from apikeys.services.api_access import access_of
from apikeys.services.key_limit import slots

__all__ = ["AccessNote", "Manager", "access_note", "key_context", "manager_of"]


@dataclass(frozen=True, slots=True)
class AccessNote:
    """The tenant's API access, as pages tell it."""

    state: str
    since: str = ""
    text: str = ""
    request_url: str = ""


def access_note(request: TenantRequest, access: ApiAccess) -> AccessNote:
    """State, since when, what the platform wrote for the client, and where this person may ask."""
    tenant = request.tenant
    asks = access.state == AccessState.NONE and request.actor.may(Permission.REQUEST_ACCESS, tenant)
    return AccessNote(
        state=access.state,
        since=exact(access.changed_at),
        text=_text_for_client(access),
        request_url=reverse("access", args=[tenant.public_id]) if asks else "",
    )


def _text_for_client(access: ApiAccess) -> str:
    """Why access is suspended, or why the last request was declined."""
    if access.state != AccessState.NONE:
        return access.client_text
    last = AccessRequest.objects.filter(tenant=access.tenant_id).order_by("-pk").first()
    return last.decision_text if last and last.decision == Decision.DECLINED else ""


def key_context(request: TenantRequest, nav: str = "keys") -> dict[str, Any]:
    """The frame of a tenant's page with its access, free slots, and the addresses it links."""
    tenant = request.tenant
    access: ApiAccess = access_of(tenant)
    return tenant_frame(request, nav) | {
        "access": access_note(request, access),
        "slots": slots(tenant, access),
        "urls": {
            "list": reverse("key_list", args=[tenant.public_id]),
            "keys": reverse("key_list", args=[tenant.public_id]),
            "create": reverse("key_create", args=[tenant.public_id]),
            "overview": reverse("overview", args=[tenant.public_id]),
        },
    }
