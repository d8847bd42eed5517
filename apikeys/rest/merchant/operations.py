"""Operations: what the merchant API can be asked, and how each is answered.

As in `apikeys.rest.canonical.operations`, with three differences: the address names the tenant, a
platform key may ask too, and every error has Hyperswitch's envelope.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPMethod
from typing import Any, Concatenate

from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import BaseModel

from accounts.models import Tenant
from accounts.roles import Permission
from apikeys.platform_actor import PlatformKeyActor
from apikeys.rest.auth import authenticate_with_platform, refuse_secret_in_url
from apikeys.rest.canonical.operations import READ_EVENT, require_permission
from apikeys.rest.frame import Frame, change_limit
from apikeys.rest.merchant.callers import Caller, merchant
from apikeys.rest.merchant.faults import (
    NO_SUCH_ADDRESS,
    NO_SUCH_METHOD,
    Fault,
    FaultCode,
    fault_response,
)
from apikeys.rest.requests import Given, read_body, read_query

FRAME = Frame(fault_response, check=refuse_secret_in_url)


@dataclass(frozen=True, slots=True)
class Call[Q: Given, B: Given]:
    """One request to an operation: who asks, about which tenant, and what they gave."""

    actor: Caller
    tenant: Tenant
    query: Q
    body: B


type Answer = BaseModel | list[BaseModel]


@dataclass(frozen=True, slots=True)
class Operation[Q: Given, B: Given]:
    """One method of one address."""

    method: HTTPMethod
    permission: Permission
    query: type[Q]
    body: type[B]
    refused_as: str
    run: Callable[..., Answer]


def operation[Q: Given, B: Given, **P](
    method: HTTPMethod,
    *,
    permission: Permission,
    query: type[Q],
    body: type[B],
    refused_as: str = READ_EVENT,
) -> Callable[[Callable[Concatenate[Call[Q, B], P], Answer]], Operation[Q, B]]:
    """Declare a function as an operation; it gets the `Call` and the rest of the address.

    `permission` is asked before query and body are read; the verb asks for its own again, under
    its lock. `refused_as` is the audit event of a refusal here.
    """

    def declare(run: Callable[Concatenate[Call[Q, B], P], Answer]) -> Operation[Q, B]:
        return Operation(method, permission, query, body, refused_as, run)

    return declare


def endpoint(*operations: Operation[Any, Any]) -> Callable[..., HttpResponse]:
    """The view of one address. HEAD is answered as GET; the server leaves the body out."""
    by_method: dict[str, Operation[Any, Any]] = {each.method: each for each in operations}
    if HTTPMethod.GET in by_method:
        by_method[HTTPMethod.HEAD] = by_method[HTTPMethod.GET]

    def answer(request: HttpRequest, merchant_id: str, **parts: str) -> HttpResponse:
        called = by_method.get(request.method or "")
        if called is None:
            allowed = {"Allow": ", ".join(by_method)}
            raise Fault(FaultCode.UNKNOWN_METHOD, NO_SUCH_METHOD, headers=allowed)
        caller = authenticate_with_platform(request)

        def run() -> HttpResponse:
            return _run(called, request, caller, merchant(caller, merchant_id), parts)

        platform = isinstance(caller, PlatformKeyActor)
        return FRAME.counted(
            caller.key.client_id,
            lambda: FRAME.run(called.method, run),
            changes=change_limit(called.method, platform=platform),
        )

    return FRAME.view(answer)


@FRAME.view
def unknown_address(request: HttpRequest) -> HttpResponse:
    """404 in the envelope, also with DEBUG on, and without a redirect to an added slash."""
    raise Fault(FaultCode.UNKNOWN_ADDRESS, NO_SUCH_ADDRESS)


def _run(
    called: Operation[Any, Any],
    request: HttpRequest,
    caller: Caller,
    tenant: Tenant,
    parts: Mapping[str, str],
) -> HttpResponse:
    require_permission(caller, called.permission, tenant, called.refused_as)
    query, body = read_query(request, called.query), read_body(request, called.body)
    answer = called.run(Call(caller, tenant, query, body), **parts)
    if isinstance(answer, list):
        return JsonResponse([each.model_dump(mode="json") for each in answer], safe=False)
    return JsonResponse(answer.model_dump(mode="json"))
