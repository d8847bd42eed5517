"""The same four operations as a `ModelViewSet` behind `HasAPIKey`.

Whatever the frameworks leave open is decided in the rival's favour: keyset pages, so no count; the
tenant from the address, so no look-up of whose key it is; no history of changes, no limit of keys.
As shipped it also keeps no log and no count of requests; `duties` adds those.
"""

# mypy: ignore-errors
# The packages are not where the portal's are, so their types cannot be looked up.

from django.utils import timezone
from rest_framework import pagination, serializers, viewsets
from rest_framework_api_key.crypto import KeyGenerator

from tests.benchmarks.rival.models import Key

SHOWN = [
    *("tenant_id", "client_id", "secret_prefix", "name", "description", "email", "role"),
    *("created_at", "created_by_type", "created_by_id", "created_by_label", "expires_at"),
    *("last_used_at", "last_used_from"),
    *("revoked_at", "revoked_by_type", "revoked_by_id", "revoked_by_label"),
]


class KeySerializer(serializers.ModelSerializer):
    """A key, and in the answer to its creation the secret."""

    class Meta:
        model = Key
        fields = SHOWN
        read_only_fields = [name for name in SHOWN if name not in {"name", "description", "email"}]

    def to_representation(self, instance):
        """The row's fields, and the secret while it is known."""
        fields = super().to_representation(instance)
        secret = getattr(instance, "secret", None)
        return fields if secret is None else fields | {"client_secret": secret}


class Pages(pagination.CursorPagination):
    """As many rows as the portal's API shows at once, in its order."""

    page_size = 100
    ordering = ("-created_at", "-id")


class KeyViewSet(viewsets.ModelViewSet):
    """List, retrieve, create, and a delete that revokes."""

    serializer_class = KeySerializer
    pagination_class = Pages
    lookup_field = "client_id"

    def get_queryset(self):
        """The active keys of the tenant in a list, all of them elsewhere."""
        keys = Key.objects.filter(tenant_id=self.kwargs["tenant_id"])
        return keys.filter(revoked_at=None) if self.action == "list" else keys

    def perform_create(self, serializer):
        """Make a secret by the package's generator and keep its hash."""
        secret, prefix, hashed = KeyGenerator().generate()
        key = serializer.save(
            tenant_id=self.kwargs["tenant_id"],
            client_id=f"{prefix}_{hashed[-20:]}",
            secret_prefix=prefix,
            hashed_key=hashed,
            role="viewer",
            created_by_type="api_key",
            created_by_id="caller",
            created_by_label="Caller",
        )
        key.secret = secret

    def perform_destroy(self, instance):
        """Revoke: the row stays."""
        instance.revoked_at = timezone.now()
        instance.role, instance.hashed_key = None, ""
        instance.revoked_by_type, instance.revoked_by_id = "api_key", "caller"
        instance.save()
