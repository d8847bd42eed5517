"""The addresses of the canonical API, to be included below /v1/."""

from django.urls import URLPattern, path, re_path

from apikeys.api import keys
from apikeys.api.operations import endpoint, unknown_address

app_name = "v1"

urlpatterns: list[URLPattern] = [
    path("api-key/keys", endpoint(keys.list_keys, keys.create_key), name="keys"),
    path("api-key/keys/<str:client_id>", endpoint(keys.read_key, keys.revoke_key), name="key"),
    path("api-key/keys/<str:client_id>/role", endpoint(keys.assign_role), name="key_role"),
    path("api-key/self", endpoint(keys.read_self), name="self"),
    re_path(r"", unknown_address, name="unknown"),
]
