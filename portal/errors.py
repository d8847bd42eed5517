"""Error pages in the portal's design, and each REST API's own errors below its root."""

import sys
from collections.abc import Callable
from http import HTTPStatus

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts import request_context
from accounts.waits import is_busy
from apikeys.codes import Code
from apikeys.rest.merchant.faults import fault_of
from apikeys.rest.oauth.errors import oauth_response
from apikeys.rest.problems import Problem, problem_response
from apikeys.rest.routes import (
    API_ROOT,
    HUBPAY_ROOT,
    MERCHANT_API_ROOT,
    METADATA_ROOT,
    OAUTH_ROOT,
    root_of,
)

RETRY_AFTER = "5"
"""Seconds after which a caller may try again."""
FORMS: dict[str, Callable[[Problem], HttpResponse]] = {
    API_ROOT: problem_response,
    MERCHANT_API_ROOT: lambda problem: fault_of(problem).response(),
    OAUTH_ROOT: oauth_response,
    HUBPAY_ROOT: problem_response,
    METADATA_ROOT: oauth_response,
}
"""How each API of `API_ROOTS` says what went wrong."""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request itself is broken."""
    code, detail = Code.VALIDATION_FAILED, "The request is malformed."
    return _error(request, HTTPStatus.BAD_REQUEST, code, detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: there is nothing here, or nothing that this caller may know of."""
    code, detail = Code.NOT_FOUND, "There is nothing at this address."
    return _error(request, HTTPStatus.NOT_FOUND, code, detail)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but not allowed."""
    code, detail = Code.PERMISSION_DENIED, "This is not allowed."
    return _error(request, HTTPStatus.FORBIDDEN, code, detail)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was old, or did not come from our page. `reason` is for the log alone."""
    return render(request, "errors/403_csrf.html", _context(), status=HTTPStatus.FORBIDDEN)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. Rendered without the database or any context processor."""
    error = sys.exception()
    if isinstance(error, OperationalError):
        return _unavailable(request, error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = "Something broke here; nothing was changed. Quote the request_id to us."
    answer = _for_programs(request, Problem(Code.UNAVAILABLE, detail, status=status))
    return answer or HttpResponse(render_to_string("errors/500.html", _context()), status=status)


def _unavailable(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """503: the database did not answer, is not sure, or somebody else holds what this needs.

    Only in the last case it is known that nothing was changed, if the page's work was not done yet.
    """
    status = HTTPStatus.SERVICE_UNAVAILABLE
    busy = is_busy(error)
    code, detail = (
        (Code.BUSY, "") if busy else (Code.UNAVAILABLE, "The database did not answer. Try again.")
    )
    if answer := _for_programs(request, Problem(code, detail, status=status)):
        return answer
    unchanged = busy and not getattr(request, "was_answered", False)
    name = "errors/503_busy.html" if unchanged else "errors/503.html"
    page = render_to_string(name, _context())
    return HttpResponse(page, status=status, headers={"Retry-After": RETRY_AFTER})


def _error(request: HttpRequest, status: HTTPStatus, code: Code, detail: str) -> HttpResponse:
    answer = _for_programs(request, Problem(code, detail, status=status))
    return answer or render(request, f"errors/{status.value}.html", _context(), status=status)


def _for_programs(request: HttpRequest, problem: Problem) -> HttpResponse | None:
    """The answer in the form of the API that was asked; None where people ask."""
    root = root_of(request.path)
    return FORMS[root](problem) if root else None


def _context() -> dict[str, str]:
    return {"request_id": request_context.current().request_id}
