"""Django's stock change lists of the same tables, to compare pages with; served nowhere else."""

from django.contrib import admin
from django.urls import include, path

from accounts.models import Tenant
from apikeys.models import AccessRequest, ApiKey


class TenantList(admin.ModelAdmin):  # type: ignore[type-arg]  # no generic at run time
    """What a portfolio shows, searched as it is."""

    list_display = (
        "name",
        "public_id",
        "kind",
        "relationship_manager",
        "created_at",
    )
    list_select_related = ("relationship_manager",)
    search_fields = (
        "name",
        "public_id",
        "memberships__user__email",
    )
    list_per_page = 50


class RequestList(admin.ModelAdmin):  # type: ignore[type-arg]  # no generic at run time
    """What the queue shows."""

    list_display = (
        "tenant",
        "reason",
        "requested_at",
        "requested_by_label",
    )
    list_select_related = ("tenant",)
    list_filter = ("decision",)
    ordering = ("requested_at",)
    list_per_page = 50


class KeyList(admin.ModelAdmin):  # type: ignore[type-arg]  # no generic at run time
    """What a key list shows."""

    list_display = (
        "name",
        "email",
        "role",
        "created_at",
        "expires_at",
    )
    list_per_page = 50

    def lookup_allowed(self, lookup: str, value: str, request: object = None) -> bool:
        """One tenant's keys, as a link from its page would ask for them."""
        return True


site = admin.AdminSite("stock")
site.register(Tenant, TenantList)
site.register(AccessRequest, RequestList)
site.register(ApiKey, KeyList)

urlpatterns = [path("stock/", site.urls), path("", include("portal.urls"))]
