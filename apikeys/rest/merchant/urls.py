"""The addresses of the merchant API, to be included below /api_keys/. None ends in a slash."""

from django.urls import URLPattern, path, re_path

from apikeys.rest.merchant import keys
from apikeys.rest.merchant.operations import endpoint, unknown_address

app_name = "merchant_api"

urlpatterns: list[URLPattern] = [
    path("<str:merchant_id>", endpoint(keys.create_key), name="keys"),
    path("<str:merchant_id>/list", endpoint(keys.list_keys), name="key_list"),
    path(
        "<str:merchant_id>/<str:key_id>",
        endpoint(keys.retrieve_key, keys.update_key, keys.revoke_key),
        name="key",
    ),
    re_path(r"", unknown_address, name="unknown"),
]
