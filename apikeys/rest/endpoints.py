"""Endpoints: the views of addresses. Each holds its operations to what they declare."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from http import HTTPMethod

from django.http import HttpRequest, HttpResponse

from accounts.models import Tenant
from apikeys.platform_actor import PlatformKeyActor
from apikeys.rest import idempotency
from apikeys.rest.frame import (
    InItsForm,
    View,
    change_limit,
    count,
    one_transaction,
    rest_view,
    wrong_method,
)
from apikeys.rest.operations import Call, Caller, Operation, require_permission
from apikeys.rest.requests import read_body, read_query


@dataclass(frozen=True, slots=True)
class Api[C: Caller]:
    """What one API does differently from another."""

    in_its_form: InItsForm
    sign_in: Callable[[HttpRequest], C]
    """The caller whose credential the request carries; raises what it refuses."""
    tenant_of: Callable[[C, str], Tenant]
    """The tenant that a caller asks about. The text is its ID as the address names it, or empty."""


def endpoint[C: Caller](api: Api[C], *operations: Operation[C]) -> View:
    """The view of one address. HEAD is answered as GET; the server leaves the body out."""
    by_method: dict[str, Operation[C]] = {each.method: each for each in operations}
    if HTTPMethod.GET in by_method:
        by_method[HTTPMethod.HEAD] = by_method[HTTPMethod.GET]

    @rest_view(api.in_its_form)
    def answer(
        request: HttpRequest, headers: dict[str, str], merchant_id: str = "", **parts: str
    ) -> HttpResponse:
        called = by_method.get(request.method or "")
        if called is None:
            raise wrong_method(", ".join(by_method))
        caller = api.sign_in(request)
        limit = change_limit(called.method, platform=isinstance(caller, PlatformKeyActor))
        count(caller.key.client_id, headers, limit)
        # Reading has nothing to commit. Each statement sees what was committed when it began, with
        # or without a transaction, and two round trips are saved.
        with one_transaction() if called.changes else nullcontext():
            tenant = api.tenant_of(caller, merchant_id)
            if called.permission is not None:
                require_permission(caller, called.permission, tenant, called.refused_as)
            repeat_key = idempotency.given_key(request) if called.repeatable else None
            call = Call(
                caller,
                tenant,
                read_query(request, called.query),
                read_body(request, called.body),
                called.refused_as,
                request.headers.get("If-Match") if called.conditional else None,
            )
            run = partial(called.run, call, **parts)
            reply = idempotency.once(call, called.name, repeat_key, run) if repeat_key else run()
            return reply.response(called.status)

    return answer
