"""What OAuth clients look up instead of being configured: RFC 8414."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.roles import Role
from apikeys.rest.frame import rest_view, wrong_method
from apikeys.rest.oauth.errors import oauth_response
from apikeys.rest.routes import OAUTH_ROOT

_CLIENT_BY = ["client_secret_basic", "client_secret_post"]


@rest_view(oauth_response)
def metadata(request: HttpRequest, headers: dict[str, str]) -> HttpResponse:
    """GET /.well-known/oauth-authorization-server: where and how tokens are fetched."""
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET, HEAD")
    at = f"{settings.PORTAL_URL}{OAUTH_ROOT}"
    return JsonResponse(
        {
            "issuer": settings.PORTAL_URL,
            "token_endpoint": f"{at}token",
            "token_endpoint_auth_methods_supported": _CLIENT_BY,
            "introspection_endpoint": f"{at}introspect",
            "introspection_endpoint_auth_methods_supported": _CLIENT_BY,
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "scopes_supported": list(Role),
            "service_documentation": f"{settings.PORTAL_URL}/docs/#access-tokens",
        }
    )
