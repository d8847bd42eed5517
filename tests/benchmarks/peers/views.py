"""One view for each peer: it answers 200 with whose credential it was."""

# mypy: ignore-errors
# The packages are not where the portal's are, so their types cannot be looked up.

from hashlib import sha256

from django.http import JsonResponse
from django.urls import path
from knox.auth import TokenAuthentication as KnoxAuthentication
from ninja import NinjaAPI
from ninja.security import APIKeyHeader
from oauth2_provider.decorators import protected_resource
from rest_framework.authentication import TokenAuthentication
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework_api_key.permissions import HasAPIKey

from tests.benchmarks.peers.models import Key


class OwnLookUp(APIKeyHeader):
    """One SELECT by the key's hash, as django-ninja's guide has it."""

    param_name = "api-key"

    def authenticate(self, request, key):
        """The key's row, or None."""
        digest = sha256((key or "").encode()).hexdigest()
        return Key.objects.filter(digest=digest, revoked=False).first()


ninja = NinjaAPI(openapi_url=None)


@ninja.get("check", auth=OwnLookUp())
def by_ninja(request):
    """Whose key it is."""
    return {"tenant_id": request.auth.tenant_id}


@api_view(["GET"])
@permission_classes([HasAPIKey])
def by_api_key(request):
    """Which key it is: by its public part, for the package's permission does not keep the row."""
    return Response({"key": request.headers["Authorization"][8:16]})


@api_view(["GET"])
@authentication_classes([TokenAuthentication])
@permission_classes([IsAuthenticated])
def by_token(request):
    """Whose token it is."""
    return Response({"user": request.user.pk})


@api_view(["GET"])
@authentication_classes([KnoxAuthentication])
@permission_classes([IsAuthenticated])
def by_knox(request):
    """Whose token it is."""
    return Response({"user": request.user.pk})


@protected_resource()
def by_oauth(request):
    """Whose token it is."""
    return JsonResponse({"user": request.resource_owner.pk})


urlpatterns = [
    path("ninja/", ninja.urls),
    path("api-key", by_api_key),
    path("token", by_token),
    path("knox", by_knox),
    path("oauth", by_oauth),
]
