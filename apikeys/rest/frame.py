"""The frame of all REST APIs: every error answered, requests counted, one transaction for a change.

What an error looks like is each API's own. The frame sees to it that no error escapes, that nothing
is acknowledged before it is committed, and that no key asks too often.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from http import HTTPMethod

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.common import no_append_slash
from django.views.decorators.csrf import csrf_exempt

from accounts.errors import Refused
from accounts.rate_limits import RateLimit, count_request, headers_of
from accounts.waits import is_busy
from apikeys.codes import Code
from apikeys.rest.auth import refuse_exposed
from apikeys.rest.problems import ErrorAnswer, Problem

log = structlog.get_logger(__name__)

type InItsForm = Callable[[ErrorAnswer | Refused], HttpResponse]
"""Turns an error into an API's answer."""
type View = Callable[..., HttpResponse]

PLATFORM_FACTOR = 10
"""A platform key acts for every tenant, so it may change so many times what a tenant's key may."""


def rest_view(in_its_form: InItsForm) -> Callable[[View], View]:
    """Make a view of a function: no session, no stored answer, errors in the API's form.

    The function gets the request, the headers that its answer will have even if it is an error
    (it may add to them), and the parts of the address.

    The view is not in Django's transaction per request, which commits after the view has returned:
    a failure could not become our answer any more. `one_transaction` opens one where it is needed.
    """

    def decorate(answer: View) -> View:
        @transaction.non_atomic_requests
        @login_not_required
        @csrf_exempt
        @wraps(answer)
        def view(request: HttpRequest, **parts: str) -> HttpResponse:
            headers = {"Cache-Control": "no-store"}
            try:
                refuse_exposed(request)
                response = answer(request, headers, **parts)
            except (ErrorAnswer, Refused) as error:
                response = in_its_form(error)
            except Error as error:
                response = in_its_form(_problem_of_database(error))
            for name, value in headers.items():
                response[name] = value
            return response

        return view

    return decorate


def unknown_address(in_its_form: InItsForm) -> View:
    """A view that answers 404, also with DEBUG on, and without a redirect to an added slash."""

    @no_append_slash
    @rest_view(in_its_form)
    def nothing(request: HttpRequest, headers: dict[str, str]) -> HttpResponse:
        raise Problem(Code.NOT_FOUND, "There is nothing at this address.")

    return nothing


def wrong_method(allow: str) -> Problem:
    """405 for an address that takes the methods listed in `allow`."""
    detail = f"This address takes {allow}."
    return Problem(Code.METHOD_NOT_ALLOWED, detail, headers={"Allow": allow})


def change_limit(method: HTTPMethod, *, platform: bool) -> RateLimit | None:
    """How often a key may change something by this method; None where that is not limited.

    The APIs delete nothing but keys, and stopping a key is never delayed: each is stopped once,
    and its creation was counted.
    """
    if method in {HTTPMethod.GET, HTTPMethod.DELETE}:
        return None
    quota = settings.API_CHANGE_RATE_LIMIT * (PLATFORM_FACTOR if platform else 1)
    return RateLimit("per-key-changes", quota, settings.API_RATE_WINDOW, noun="changes")


def count(client_id: str, headers: dict[str, str], changes: RateLimit | None = None) -> None:
    """Count a request of this key, and say in `headers` how many more it may make.

    A change counts against `changes` too. All APIs count together, or one would be the way around
    the other's limits. Raises `Problem` for a request too many.
    """
    requests = RateLimit("per-key", settings.API_RATE_LIMIT, settings.API_RATE_WINDOW)
    counts = [count_request(f"api:{client_id}", requests)]
    if changes is not None:
        counts.append(count_request(f"api-change:{client_id}", changes))
    headers |= headers_of(counts)
    exceeded = next((each for each in counts if each.exceeded), None)
    if exceeded is not None:
        limit, reset = exceeded.limit, str(exceeded.reset)
        raise Problem(
            Code.RATE_LIMITED,
            f"A key may make {limit.quota} {limit.noun} in {limit.window} seconds. "
            f"Wait {reset} seconds.",
            headers={"Retry-After": reset},
        )


@contextmanager
def one_transaction() -> Iterator[None]:
    """Commit what is done inside; the answer exists only once that has succeeded.

    A refusal is an answer too: it commits, and with it its audit event. Raises `Problem` if it is
    not known whether the commit succeeded.
    """
    refusal: ErrorAnswer | Refused | None = None
    is_answered = False
    try:
        with transaction.atomic(durable=True):
            try:
                yield
            except (ErrorAnswer, Refused) as error:
                refusal = error
            is_answered = True
    except Error as error:
        if not is_answered or is_busy(error):  # PostgreSQL says itself that COMMIT failed
            raise
        _log("commit_failed", error)
        raise Problem(
            Code.OUTCOME_UNKNOWN,
            "The database did not confirm the change. Look whether it happened before you repeat.",
        ) from None
    if refusal is not None:
        raise refusal


def _problem_of_database(error: Error) -> Problem:
    if is_busy(error):
        log.warning("busy")
        return Problem(Code.BUSY)
    _log("database_failed", error)
    return Problem(Code.UNAVAILABLE, "Nothing was changed. Repeat the request in a moment.")


def _log(event: str, error: Error) -> None:
    """Say of a database error what a log may hold: its text repeats the values of the row."""
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    log.error(event, error=type(error).__name__, sqlstate=sqlstate)
