"""Endpoints: the views of the canonical API's addresses.

An endpoint signs the key in, counts the request, holds the operation to what it declares, and
turns every refusal into a problem.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPMethod
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.errors import Refused
from apikeys.api import idempotency
from apikeys.api.auth import authenticate, refuse_secret_in_url
from apikeys.api.operations import Call, Operation, Reply, require_permission
from apikeys.api.problems import Code, Problem, problem_of
from apikeys.api.requests import leaves_body, read_body, read_query
from apikeys.key_actor import KeyActor
from apikeys.rate_limits import Count, RateLimit, count_request

log = structlog.get_logger(__name__)

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
        return _counted(actor, lambda: _committed(called, request, actor, parts))

    return api_view(answer)


def api_view(answer: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The frame of every view below /v1/: no session, no stored answer, refusals as problems.

    Not in Django's transaction per request, which commits after the view has returned, when a
    failure could not become our answer any more: `_committed` opens the one transaction.
    """

    @transaction.non_atomic_requests
    @login_not_required
    @csrf_exempt
    @wraps(answer)
    def view(request: HttpRequest, **parts: str) -> HttpResponse:
        def checked() -> HttpResponse:
            refuse_secret_in_url(request)
            return answer(request, **parts)

        response = _answered(checked)
        response["Cache-Control"] = "no-store"
        if leaves_body(request):
            # Or a client would send its next request into a connection that is being closed.
            response["Connection"] = "close"
        return response

    return view


@api_view
def unknown_address(request: HttpRequest) -> HttpResponse:
    """404 as a problem, also with DEBUG on, and without a redirect to an added slash."""
    raise Problem(Code.NOT_FOUND, "There is nothing at this address.")


def _answered(respond: Callable[[], HttpResponse]) -> HttpResponse:
    """What `respond` answers; whatever it refuses, and a database that fails, as a problem."""
    try:
        return respond()
    except Problem as problem:
        return problem.response()
    except Refused as refusal:
        return problem_of(refusal).response()
    except Error as error:
        log.error("database_failed", **_diagnosis(error))
        return Problem(
            Code.UNAVAILABLE, "Nothing was changed. Repeat the request in a moment."
        ).response()


def _counted(actor: KeyActor, respond: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer, unless this key has asked too often; say how often it may ask still."""
    limit = RateLimit("per-key", settings.API_RATE_LIMIT, settings.API_RATE_WINDOW)
    count = count_request(f"api:{actor.key.client_id}", limit)
    response = _answered(_refusing(count) if count.exceeded else respond)
    for name, value in count.headers.items():
        response[name] = value
    return response


def _refusing(count: Count) -> Callable[[], HttpResponse]:
    def refuse() -> HttpResponse:
        raise Problem(
            Code.RATE_LIMITED,
            f"A key may make {count.limit.quota} requests in {count.limit.window} seconds. "
            f"Wait {count.reset} seconds.",
            headers={"Retry-After": str(count.reset)},
        )

    return refuse


def _committed(
    called: Operation[Any, Any, Any],
    request: HttpRequest,
    actor: KeyActor,
    parts: Mapping[str, str],
) -> HttpResponse:
    """Run the operation in one transaction; its answer exists only once that has committed.

    A refusal is an answer too: it commits, and with it its audit event.
    """
    response = None
    try:
        with transaction.atomic(durable=True):
            try:
                response = _run(called, request, actor, parts)
            except Problem as problem:
                response = problem.response()
            except Refused as refusal:
                response = problem_of(refusal).response()
    except Error as error:
        if response is None:
            raise
        log.error("commit_failed", **_diagnosis(error))
        raise Problem(
            Code.OUTCOME_UNKNOWN,
            "The database did not confirm the change. Look whether it happened before you repeat.",
        ) from None
    return response


def _run(
    called: Operation[Any, Any, Any],
    request: HttpRequest,
    actor: KeyActor,
    parts: Mapping[str, str],
) -> HttpResponse:
    if called.permission is not None:
        require_permission(actor, called.permission, called.refused_as)
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
        return HttpResponse(status=called.status, headers=headers)
    text = reply.content if isinstance(reply.content, str) else reply.content.as_json()
    return HttpResponse(
        text, status=called.status, content_type="application/json", headers=headers
    )


def _diagnosis(error: Error) -> dict[str, str | None]:
    """What a log may say of a database error: its text repeats the values of the row."""
    return {
        "error": type(error).__name__,
        "sqlstate": getattr(error.__cause__, "sqlstate", None),
    }
