"""The URLs of the canonical API, to be included below /v1/."""

import re

from django.urls import URLPattern, path, re_path

from apikeys.rest.canonical import openapi
from apikeys.rest.canonical.addresses import ADDRESSES
from apikeys.rest.canonical.endpoints import endpoint, unknown_address

app_name = "v1"

urlpatterns: list[URLPattern] = [
    *(
        path(re.sub(r"{(\w+)}", r"<str:\1>", each.path), endpoint(each.operations), name=each.name)
        for each in ADDRESSES
    ),
    path("openapi.json", openapi.document, name="openapi"),
    re_path(r"", unknown_address, name="unknown"),
]
