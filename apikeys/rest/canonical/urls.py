"""The URLs of the canonical API, to be included below /v1/."""

import re

from django.urls import URLPattern, path, re_path

from apikeys.rest.auth import authenticate
from apikeys.rest.canonical.addresses import ADDRESSES
from apikeys.rest.endpoints import Api, endpoint
from apikeys.rest.frame import unknown_address
from apikeys.rest.openapi.document import document
from apikeys.rest.problems import problem_response

app_name = "v1"

API = Api(problem_response, authenticate, tenant_of=lambda caller, _: caller.key.tenant)

urlpatterns: list[URLPattern] = [
    *(
        path(
            re.sub(r"{(\w+)}", r"<str:\1>", each.path),
            endpoint(API, *each.operations),
            name=each.name,
        )
        for each in ADDRESSES
    ),
    path("openapi.json", document, name="openapi"),
    re_path(r"", unknown_address(problem_response), name="unknown"),
]
