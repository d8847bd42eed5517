"""Keys and access to them, for operators under /ops/. No verifier is ever shown."""

from django.contrib import admin

from accounts.ops import ReadOnlyAdmin, ops
from apikeys.models import AccessRequest, ApiAccess, ApiKey, PlatformKey


@admin.register(ApiAccess, site=ops)
class ApiAccessAdmin(ReadOnlyAdmin):
    """The state of each account's API access."""

    fields = (
        *("tenant", "state", "key_limit", "operator_limit", "changed_at"),
        *("suspended_by_operator", "client_text", "internal_note"),
    )
    list_display = ("tenant", "state", "key_limit", "changed_at")
    list_filter = ("state",)
    list_select_related = ("tenant",)
    search_fields = ("=tenant__public_id", "tenant__name")


@admin.register(AccessRequest, site=ops)
class AccessRequestAdmin(ReadOnlyAdmin):
    """Requests for API access, and how they ended."""

    fields = (
        *("tenant", "reason", "requested_at", "requested_by_label"),
        *("decision", "decided_at", "decided_by_label", "decision_text"),
    )
    list_display = ("tenant", "requested_at", "requested_by_label", "decision", "decided_at")
    list_filter = ("decision",)
    list_select_related = ("tenant",)
    search_fields = ("=tenant__public_id", "tenant__name")


@admin.register(ApiKey, site=ops)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys of tenants: metadata only."""

    fields = (
        *("tenant", "client_id", "name", "description", "email", "role", "pepper_number"),
        *("created_at", "created_by_label", "expires_at", "revoked_at", "revoked_by_label"),
    )
    list_display = ("client_id", "name", "tenant", "role", "created_at", "expires_at", "revoked_at")
    list_filter = ("role", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("tenant",)
    search_fields = ("=client_id", "=tenant__public_id", "=email")


@admin.register(PlatformKey, site=ops)
class PlatformKeyAdmin(ReadOnlyAdmin):
    """Keys of the platform; commands on the server make and revoke them."""

    fields = ("client_id", "name", "kind", "pepper_number", "created_at", "revoked_at")
    list_display = ("client_id", "name", "kind", "created_at", "revoked_at")
    list_filter = (
        "kind",
        ("revoked_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("=client_id", "name")
