"""The addresses of the merchant API, to be included below /api_keys/. None ends in a slash."""

from django.urls import URLPattern, path, re_path

from apikeys.rest.auth import authenticate_with_platform
from apikeys.rest.endpoints import Api, endpoint
from apikeys.rest.frame import unknown_address
from apikeys.rest.merchant import keys
from apikeys.rest.merchant.callers import merchant
from apikeys.rest.merchant.faults import fault_response

app_name = "merchant_api"

API = Api(fault_response, authenticate_with_platform, tenant_of=merchant)

urlpatterns: list[URLPattern] = [
    path("<str:merchant_id>", endpoint(API, keys.create_key), name="keys"),
    path("<str:merchant_id>/list", endpoint(API, keys.list_keys), name="key_list"),
    path(
        "<str:merchant_id>/<str:key_id>",
        endpoint(API, keys.retrieve_key, keys.update_key, keys.revoke_key),
        name="key",
    ),
    re_path(r"", unknown_address(fault_response), name="unknown"),
]
