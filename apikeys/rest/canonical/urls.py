"""The addresses of the canonical API below /v1/, except the OpenAPI document of all APIs."""

import re

from django.urls import URLPattern, path, re_path

from apikeys.rest.auth import authenticate
from apikeys.rest.canonical.addresses import ADDRESSES
from apikeys.rest.endpoints import Api, endpoint
from apikeys.rest.frame import unknown_address
from apikeys.rest.problems import problem_response

API = Api(problem_response, authenticate, tenant_of=lambda caller, _: caller.key.tenant)

canonical_addresses: list[URLPattern] = [
    *(
        path(
            re.sub(r"{(\w+)}", r"<str:\1>", each.path),
            endpoint(API, *each.operations),
            name=each.name,
        )
        for each in ADDRESSES
    ),
    re_path(r"", unknown_address(problem_response), name="unknown"),
]
