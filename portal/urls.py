"""The site map."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.ops import ops
from apikeys.rest.urls import api_addresses
from portal import errors, health

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(api_addresses)),  # first: programs ask most
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("ops/", ops.urls),
    path("", include("accounts.pages.urls")),
    path("", include("apikeys.pages.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
