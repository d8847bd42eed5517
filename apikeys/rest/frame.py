"""The frame of both REST APIs: one transaction for what writes, a count of requests, and every
error answered.

What an error looks like is each API's own; that none escapes, that nothing is acknowledged before
it is committed, and that nobody asks too often, is the same.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPMethod

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.errors import Refused
from accounts.rate_limits import Count, RateLimit, count_request, headers_of
from accounts.waits import is_busy
from apikeys.codes import Code
from apikeys.rest.problems import ErrorAnswer, Problem

log = structlog.get_logger(__name__)

type Respond = Callable[[], HttpResponse]

PLATFORM_FACTOR = 10
"""A platform key acts for every tenant, so it may change so many times what a tenant's key may."""
_CHANGE_NOTHING = {HTTPMethod.GET, HTTPMethod.HEAD}


def change_limit(method: HTTPMethod, *, platform: bool = False) -> RateLimit | None:
    """How often a key may change something by this method; None where that is not limited.

    Both APIs delete nothing but keys, and to stop a key is never delayed: each is stopped once,
    and its creation was counted.
    """
    if method in _CHANGE_NOTHING or method == HTTPMethod.DELETE:
        return None
    quota = settings.API_CHANGE_RATE_LIMIT * (PLATFORM_FACTOR if platform else 1)
    return RateLimit("per-key-changes", quota, settings.API_RATE_WINDOW, noun="changes")


class Frame:
    """One API's: `in_its_form` turns an error into an answer, `check` looks at each request first.

    `check` raises what it refuses.
    """

    def __init__(
        self,
        in_its_form: Callable[[ErrorAnswer | Refused], HttpResponse],
        check: Callable[[HttpRequest], None],
    ) -> None:
        self._in_its_form = in_its_form
        self._check = check

    def view(self, answer: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Make a view: no session, no stored answer, errors in the API's form.

        Not in Django's transaction per request, which commits after the view has returned, when
        a failure could not become our answer any more: `committed` opens the one transaction.
        """

        @transaction.non_atomic_requests
        @login_not_required
        @csrf_exempt
        @wraps(answer)
        def view(request: HttpRequest, **parts: str) -> HttpResponse:
            def checked() -> HttpResponse:
                self._check(request)
                return answer(request, **parts)

            response = self._answered(checked)
            response["Cache-Control"] = "no-store"
            return response

        return view

    def counted(
        self, client_id: str, respond: Respond, *, changes: RateLimit | None = None
    ) -> HttpResponse:
        """Answer, unless this key has asked too often; say how often it may ask still.

        What changes something counts against `changes` too. Both APIs count together, or one
        would be the way around the other's limits.
        """
        requests = RateLimit("per-key", settings.API_RATE_LIMIT, settings.API_RATE_WINDOW)
        counts = [count_request(f"api:{client_id}", requests)]
        if changes is not None:
            counts.append(count_request(f"api-change:{client_id}", changes))
        exceeded = next((count for count in counts if count.exceeded), None)
        response = self._answered(_refusing(exceeded) if exceeded else respond)
        for name, value in headers_of(counts).items():
            response[name] = value
        return response

    def run(self, method: HTTPMethod, respond: Respond) -> HttpResponse:
        """Answer as an operation of this method needs it.

        What only reads has nothing to commit. Each of its statements sees what was committed when
        it began, inside of a transaction no less than outside, and two round trips are saved.
        """
        return respond() if method == HTTPMethod.GET else self.committed(respond)

    def committed(self, respond: Respond) -> HttpResponse:
        """Answer in one transaction; the answer exists only once that has committed.

        A refusal is an answer too: it commits, and with it its audit event.
        """
        response = None
        try:
            with transaction.atomic(durable=True):
                try:
                    response = respond()
                except (ErrorAnswer, Refused) as error:
                    response = self._in_its_form(error)
        except Error as error:
            if response is None or is_busy(error):  # PostgreSQL says itself that COMMIT failed
                raise
            _log("commit_failed", error)
            raise Problem(
                Code.OUTCOME_UNKNOWN,
                "The database did not confirm the change. "
                "Look whether it happened before you repeat.",
            ) from None
        return response

    def _answered(self, respond: Respond) -> HttpResponse:
        try:
            return respond()
        except (ErrorAnswer, Refused) as error:
            return self._in_its_form(error)
        except Error as error:
            if is_busy(error):
                log.warning("busy")
                return self._in_its_form(Problem(Code.BUSY))
            _log("database_failed", error)
            detail = "Nothing was changed. Repeat the request in a moment."
            return self._in_its_form(Problem(Code.UNAVAILABLE, detail))


def _refusing(count: Count) -> Respond:
    def refuse() -> HttpResponse:
        raise Problem(
            Code.RATE_LIMITED,
            f"A key may make {count.limit.quota} {count.limit.noun} in "
            f"{count.limit.window} seconds. "
            f"Wait {count.reset} seconds.",
            headers={"Retry-After": str(count.reset)},
        )

    return refuse


def _log(event: str, error: Error) -> None:
    """Say of a database error what a log may hold: its text repeats the values of the row."""
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    log.error(event, error=type(error).__name__, sqlstate=sqlstate)
