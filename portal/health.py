"""Whether the process lives, and whether it can serve. No sign-in, no cookies, no secrets."""

import structlog
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.postgresql.base import answering_within
from portal.postgresql.prober import prober
from portal.readiness import missing_for_writing, missing_migrations

READY_SECONDS = 2.0
"""Until a database that has not answered counts as not reachable."""

log = structlog.get_logger(__name__)


@transaction.non_atomic_requests
@login_not_required
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """200 while the process answers; asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@transaction.non_atomic_requests
@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database is reachable, writable and migrated; else 503, with why in the log.

    A served portal's prober knows, so that the loop which answers this asks and waits for nothing.
    """
    missing = _missing()
    if missing:
        log.warning("not_ready", missing=missing)
        return HttpResponse(
            "not ready\n", content_type="text/plain", status=503, headers={"Retry-After": "5"}
        )
    return HttpResponse("ok\n", content_type="text/plain")


def _missing() -> str:
    asking = prober()
    return _asked() if asking is None else asking.missing()


def _asked() -> str:
    """What a request finds out by itself, where no prober runs."""
    try:
        with answering_within(READY_SECONDS), transaction.atomic(), connection.cursor() as cursor:
            # Sooner than we stop waiting: a probe must not leave statements behind.
            cursor.execute("SET LOCAL statement_timeout = '1s'")
            return missing_for_writing(cursor) or missing_migrations(cursor)
    except Error as error:
        return f"the database is not reachable: {type(error).__name__}"
