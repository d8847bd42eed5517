"""Whether the process lives, and whether it can serve. No sign-in, no cookies, no secrets."""

import structlog
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.postgresql.base import answering_within

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
    """200 when the database is reachable, writable and migrated; else 503, with why in the log."""
    missing = _missing()
    if missing:
        log.warning("not_ready", missing=missing)
        return HttpResponse(
            "not ready\n", content_type="text/plain", status=503, headers={"Retry-After": "5"}
        )
    return HttpResponse("ok\n", content_type="text/plain")


def _missing() -> str:
    try:
        with answering_within(READY_SECONDS), transaction.atomic():
            return _missing_in_database()
    except Error as error:
        return f"the database is not reachable: {type(error).__name__}"


def _missing_in_database() -> str:
    with connection.cursor() as cursor:
        # Sooner than we stop waiting: a probe every few seconds must not leave statements behind.
        cursor.execute("SET LOCAL statement_timeout = '1s'")
        cursor.execute(
            "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool"
        )
        row = cursor.fetchone()
    if row is None or row[0]:
        return "the database is read-only"
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return "migrations are not applied"
    return ""
