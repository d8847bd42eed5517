"""Endpoints: the views of the canonical API's addresses.

An endpoint signs the key in and holds the operation to what it declares.
"""

from collections.abc import Callable, Mapping
from http import HTTPMethod
from typing import Any

from django.http import HttpRequest, HttpResponse

from apikeys.codes import Code
from apikeys.key_actor import KeyActor
from apikeys.rest.auth import authenticate, refuse_secret_in_url
from apikeys.rest.canonical import idempotency
from apikeys.rest.canonical.operations import Call, Operation, Reply, require_permission
from apikeys.rest.frame import Frame, change_limit
from apikeys.rest.problems import Problem, problem_response
from apikeys.rest.requests import read_body, read_query

FRAME = Frame(problem_response, check=refuse_secret_in_url)

type Operations = tuple[Operation[Any, Any, Any], ...]


def allowed_methods(operations: Operations) -> list[str]:
    """What the address of these operations takes: HEAD is answered as GET."""
    methods = [str(each.method) for each in operations]
    return [*methods, "HEAD"] if HTTPMethod.GET in methods else methods


def endpoint(operations: Operations) -> Callable[..., HttpResponse]:
    """The view of one address. The server leaves the body of an answer to HEAD out."""
    by_method: dict[str, Operation[Any, Any, Any]] = {each.method: each for each in operations}
    if HTTPMethod.GET in by_method:
        by_method[HTTPMethod.HEAD] = by_method[HTTPMethod.GET]
    allow = ", ".join(allowed_methods(operations))

    def answer(request: HttpRequest, **parts: str) -> HttpResponse:
        called = by_method.get(request.method or "")
        if called is None:
            raise Problem(
                Code.METHOD_NOT_ALLOWED, f"This address takes {allow}.", headers={"Allow": allow}
            )
        actor = authenticate(request)
        return FRAME.counted(
            actor.key.client_id,
            lambda: FRAME.run(called.method, lambda: _run(called, request, actor, parts)),
            changes=change_limit(called.method),
        )

    return FRAME.view(answer)


@FRAME.view
def unknown_address(request: HttpRequest) -> HttpResponse:
    """404 as a problem, also with DEBUG on, and without a redirect to an added slash."""
    raise Problem(Code.NOT_FOUND, "There is nothing at this address.")


def _run(
    called: Operation[Any, Any, Any],
    request: HttpRequest,
    actor: KeyActor,
    parts: Mapping[str, str],
) -> HttpResponse:
    if called.permission is not None:
        require_permission(actor, called.permission, actor.key.tenant, called.refused_as)
    repeat_key = idempotency.given_key(request) if called.repeatable else None
    call = Call(
        actor,
        actor.key.tenant,
        read_query(request, called.query),
        read_body(request, called.body),
        called.refused_as,
        request.headers.get("If-Match") if called.conditional else None,
    )
    if repeat_key is None:
        return _response(called, called.run(call, **parts))
    run = idempotency.once(call, called.name, repeat_key, lambda: called.run(call, **parts))
    return _response(called, run)


def _response(called: Operation[Any, Any, Any], reply: Reply[Any]) -> HttpResponse:
    headers = dict(reply.headers)
    if reply.content is None:
        nothing = HttpResponse(status=called.status, headers=headers)
        del nothing["Content-Type"]  # of what is not there
        return nothing
    text = reply.content if isinstance(reply.content, str) else reply.content.as_json()
    return HttpResponse(
        text, status=called.status, content_type="application/json", headers=headers
    )
