"""Operations: what the merchant API can be asked, and how each is answered.

The frame is that of `apikeys.api.operations` with three differences: the address names the
tenant, a platform key may ask too, and every error has Hyperswitch's envelope.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPMethod
from typing import Any, Concatenate

import structlog
from django.contrib.auth.decorators import login_not_required
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel

from accounts import audit
from accounts.errors import PermissionRefused, Refused
from accounts.models import Tenant
from accounts.roles import Permission
from apikeys.api.operations import READ_EVENT
from apikeys.api.problems import Code, Problem
from apikeys.api.requests import Given, read_body, read_query
from apikeys.merchant_api.callers import Caller, authenticate, merchant, refuse_secret_in_url
from apikeys.merchant_api.faults import (
    NO_SUCH_ADDRESS,
    NO_SUCH_METHOD,
    Fault,
    FaultCode,
    fault_of,
)

log = structlog.get_logger(__name__)


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
        caller = authenticate(request)
        return _committed(called, request, caller, merchant(caller, merchant_id), parts)

    return merchant_view(answer)


def merchant_view(answer: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The frame of every view of this API: no session, no stored answer, refusals as faults.

    Not in Django's transaction per request: `_committed` opens the one transaction, so that a
    failing commit can still become an answer.
    """

    @transaction.non_atomic_requests
    @login_not_required
    @csrf_exempt
    @wraps(answer)
    def view(request: HttpRequest, **parts: str) -> HttpResponse:
        try:
            refuse_secret_in_url(request)
            response = answer(request, **parts)
        except Fault as fault:
            response = fault.response()
        except (Problem, Refused) as error:
            response = fault_of(error).response()
        except Error as error:
            _log("database_failed", error)
            response = _unavailable("Nothing was changed. Repeat the request in a moment.")
        response["Cache-Control"] = "no-store"
        return response

    return view


@merchant_view
def unknown_address(request: HttpRequest) -> HttpResponse:
    """404 in the envelope, also with DEBUG on, and without a redirect to an added slash."""
    raise Fault(FaultCode.UNKNOWN_ADDRESS, NO_SUCH_ADDRESS)


def _committed(
    called: Operation[Any, Any],
    request: HttpRequest,
    caller: Caller,
    tenant: Tenant,
    parts: Mapping[str, str],
) -> HttpResponse:
    """Run the operation in one transaction; its answer exists only once that has committed.

    A refusal is an answer too: it commits, and with it its audit event.
    """
    response: HttpResponse | None = None
    try:
        with transaction.atomic(durable=True):
            try:
                response = _run(called, request, caller, tenant, parts)
            except Fault as fault:
                response = fault.response()
            except (Problem, Refused) as error:
                response = fault_of(error).response()
    except Error as error:
        if response is None:
            raise
        _log("commit_failed", error)
        return _unavailable(
            "The database did not confirm the change. Look whether it happened before you repeat."
        )
    return response


def _run(
    called: Operation[Any, Any],
    request: HttpRequest,
    caller: Caller,
    tenant: Tenant,
    parts: Mapping[str, str],
) -> HttpResponse:
    if not caller.may(called.permission, tenant):
        refusal = PermissionRefused(called.permission, caller.role_in(tenant))
        audit.record_refusal(caller, called.refused_as, tenant, refusal)
        raise refusal
    query, body = read_query(request, called.query), read_body(request, called.body)
    answer = called.run(Call(caller, tenant, query, body), **parts)
    if isinstance(answer, list):
        return JsonResponse([each.model_dump(mode="json") for each in answer], safe=False)
    return JsonResponse(answer.model_dump(mode="json"))


def _unavailable(detail: str) -> HttpResponse:
    return fault_of(Problem(Code.UNAVAILABLE, detail)).response()


def _log(event: str, error: Error) -> None:
    """Say of a database error what a log may hold: its text repeats the values of the row."""
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    log.error(event, error=type(error).__name__, sqlstate=sqlstate)
