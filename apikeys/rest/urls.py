"""Where the REST APIs answer, and their OpenAPI document."""

from django.urls import URLPattern, URLResolver, include, path

from apikeys.rest.canonical.urls import canonical_addresses
from apikeys.rest.oauth.metadata import metadata
from apikeys.rest.oauth.urls import hubpay_addresses, oauth_addresses
from apikeys.rest.openapi.document import document
from apikeys.rest.routes import API_ROOT, HUBPAY_ROOT, MERCHANT_API_ROOT, METADATA_ROOT, OAUTH_ROOT

v1_addresses = [path("openapi.json", document, name="openapi"), *canonical_addresses]

api_addresses: list[URLPattern | URLResolver] = [
    path(API_ROOT.removeprefix("/"), include((v1_addresses, "v1"))),
    path(MERCHANT_API_ROOT.removeprefix("/"), include("apikeys.rest.merchant.urls")),
    path(OAUTH_ROOT.removeprefix("/"), include(oauth_addresses)),
    path(HUBPAY_ROOT.removeprefix("/"), include(hubpay_addresses)),
    path(METADATA_ROOT.removeprefix("/"), metadata, name="oauth_metadata"),
]
