"""Operations: what the canonical API can be asked, and how each is answered.

An operation declares its method, permission, and the models of its query, body and answer. An
endpoint is the view of one address: it signs the key in, holds the operation to what it
declares, and turns every refusal into a problem.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPMethod, HTTPStatus
from typing import Any, Concatenate

import structlog
from django.contrib.auth.decorators import login_not_required
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts import audit
from accounts.errors import PermissionRefused, Refused
from accounts.models import Tenant
from accounts.roles import Permission
from apikeys.api.auth import authenticate, refuse_secret_in_url
from apikeys.api.problems import Code, Problem, problem_of
from apikeys.api.requests import Given, read_body, read_query
from apikeys.api.schemas import Answer
from apikeys.key_actor import KeyActor

log = structlog.get_logger(__name__)

READ_EVENT = "api.read"
"""What a refused reading request is recorded as in the tenant's trail."""


@dataclass(frozen=True, slots=True)
class Call[Q: Given, B: Given]:
    """One request to an operation: who asks, for which tenant, and what they gave."""

    actor: KeyActor
    tenant: Tenant
    query: Q
    body: B
    refused_as: str

    def may(self, permission: Permission) -> bool:
        """Whether the calling key holds `permission` in its tenant."""
        return self.actor.may(permission, self.tenant)

    def require(self, permission: Permission) -> None:
        """Raise `PermissionRefused`, and record it, unless the calling key holds `permission`."""
        _require(self.actor, permission, self.refused_as)


@dataclass(frozen=True, slots=True)
class Reply[A: Answer]:
    """What an operation answers; without content when there is nothing to say."""

    content: A | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation[Q: Given, B: Given, A: Answer]:
    """One method of one address."""

    method: HTTPMethod
    permission: Permission | None
    query: type[Q]
    body: type[B]
    answer: type[A]
    status: HTTPStatus
    refused_as: str
    run: Callable[..., Reply[A]]


def operation[Q: Given, B: Given, A: Answer, **P](  # noqa: PLR0913  # an operation is all of these
    method: HTTPMethod,
    *,
    permission: Permission | None,
    query: type[Q],
    body: type[B],
    answer: type[A],
    status: HTTPStatus = HTTPStatus.OK,
    refused_as: str = READ_EVENT,
) -> Callable[[Callable[Concatenate[Call[Q, B], P], Reply[A]]], Operation[Q, B, A]]:
    """Declare a function as an operation; it gets the `Call` and the address's parts.

    `permission` is asked before the body is read, so that a caller without it learns nothing
    of the fields; None lets every key pass. The verb asks again, under its lock. `refused_as`
    is the audit event of a refusal here.
    """

    def declare(
        run: Callable[Concatenate[Call[Q, B], P], Reply[A]],
    ) -> Operation[Q, B, A]:
        return Operation(method, permission, query, body, answer, status, refused_as, run)

    return declare


def endpoint(*operations: Operation[Any, Any, Any]) -> Callable[..., HttpResponse]:
    """The view of one address. HEAD is answered as GET; the server leaves the body out."""
    by_method: dict[str, Operation[Any, Any, Any]] = {each.method: each for each in operations}
    if HTTPMethod.GET in by_method:
        by_method[HTTPMethod.HEAD] = by_method[HTTPMethod.GET]

    def answer(request: HttpRequest, **parts: str) -> HttpResponse:
        called = by_method.get(request.method or "")
        if called is None:
            raise Problem(
                Code.METHOD_NOT_ALLOWED,
                f"This address takes {', '.join(by_method)}.",
                headers={"Allow": ", ".join(by_method)},
            )
        return _committed(called, request, authenticate(request), parts)

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
        try:
            refuse_secret_in_url(request)
            response = answer(request, **parts)
        except Problem as problem:
            response = problem.response()
        except Refused as refusal:
            response = problem_of(refusal).response()
        except Error as error:
            log.error("database_failed", **_diagnosis(error))
            response = Problem(
                Code.UNAVAILABLE, "Nothing was changed. Repeat the request in a moment."
            ).response()
        response["Cache-Control"] = "no-store"
        return response

    return view


@api_view
def unknown_address(request: HttpRequest) -> HttpResponse:
    """404 as a problem, also with DEBUG on, and without a redirect to an added slash."""
    raise Problem(Code.NOT_FOUND, "There is nothing at this address.")


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
        _require(actor, called.permission, called.refused_as)
    call = Call(
        actor,
        actor.key.tenant,
        read_query(request, called.query),
        read_body(request, called.body),
        called.refused_as,
    )
    reply = called.run(call, **parts)
    if reply.content is None:
        return HttpResponse(status=called.status, headers=dict(reply.headers))
    return HttpResponse(
        reply.content.model_dump_json(exclude_unset=True),
        status=called.status,
        content_type="application/json",
        headers=dict(reply.headers),
    )


def _require(actor: KeyActor, permission: Permission, event: str) -> None:
    tenant = actor.key.tenant
    if not actor.may(permission, tenant):
        refusal = PermissionRefused(permission, actor.role_in(tenant))
        audit.record_refusal(actor, event, tenant, refusal)
        raise refusal


def _diagnosis(error: Error) -> dict[str, str | None]:
    """What a log may say of a database error: its text repeats the values of the row."""
    return {
        "error": type(error).__name__,
        "sqlstate": getattr(error.__cause__, "sqlstate", None),
    }
