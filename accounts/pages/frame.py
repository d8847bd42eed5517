"""What every page of a tenant shows around its content."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.access import TenantRequest
from accounts.models import Tenant, User
from accounts.pages.words import admin_noun, tenant_noun
from accounts.roles import Permission


@dataclass(frozen=True, slots=True)
class Manager:
    """Who helps this tenant, and how to reach them."""

    name: str
    email: str


def manager_of(user: User | None) -> Manager | None:
    """The relationship manager as pages name them; None without one, or with a disabled one."""
    if user is None or not user.is_active:
        return None
    return Manager(user.display_name, user.email)


def tenant_frame(request: TenantRequest, nav: str) -> dict[str, Any]:
    """Tenant and what its kind is called, rights, whom to ask, and which tab is open."""
    tenant = request.tenant
    return {
        "tenant": tenant,
        "tenant_noun": tenant_noun(tenant),
        "admin_noun": admin_noun(tenant),
        "nav": nav,
        "may": {str(p): request.actor.may(p, tenant) for p in Permission},
        "manager": manager_of(tenant.relationship_manager),
    }


def tenant_url(request: TenantRequest, name: str, *ids: str) -> str:
    """The address of a page of this tenant."""
    return reverse(name, args=[request.tenant.public_id, *ids])


def guide_link(tenant: Tenant, section: str, text: str) -> SafeString:
    """A link to a section of the guide for this kind of tenant."""
    guide = reverse("help_guide", kwargs={"kind": tenant.kind})
    return format_html('<a href="{}#{}">{}</a>', guide, section, text)


def members_frame(request: TenantRequest) -> dict[str, Any]:
    """The frame of a question about members, whose way out is their list."""
    return tenant_frame(request, "members") | {"cancel_url": tenant_url(request, "member_list")}
