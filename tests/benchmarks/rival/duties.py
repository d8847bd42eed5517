"""What the portal does with each request beyond the packages, in their own idioms and no dearer.

A key belongs to a tenant and has a role, and its use is noted once a minute. Requests are counted
in PostgreSQL, by the portal's own statement. Each request leaves a line in the log under an id. A
change is a transaction.
"""

# mypy: ignore-errors
# The packages are not where the portal's are, so their types cannot be looked up.

import json
import logging
import secrets
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.throttling import BaseThrottle
from rest_framework_api_key.permissions import KeyParser

from tests.benchmarks.rival.models import Caller

ALLOWED = {"admin": {"list", "retrieve", "create", "destroy"}}
WINDOW = 60
QUOTA = 1_000_000_000
_COUNT = """
    INSERT INTO rival_counter AS counter (subject, window_start, count)
    VALUES (%(subject)s, date_bin(%(window)s * interval '1 second', statement_timestamp(),
                                  timestamptz 'epoch'), 1)
    ON CONFLICT (subject) DO UPDATE SET
        count = CASE WHEN counter.window_start >= excluded.window_start
                     THEN counter.count + 1 ELSE 1 END,
        window_start = greatest(counter.window_start, excluded.window_start)
    RETURNING count
"""

log = logging.getLogger(__name__)


class HasTenantKey(BasePermission):
    """A valid key of the address's tenant whose role may do this, and whose use is noted."""

    def has_permission(self, request, view):
        """As the package's own, with the look-up kept for whoever needs it."""
        try:
            caller = Caller.objects.get_from_key(KeyParser().get(request) or "")
        except Caller.DoesNotExist:
            return False
        if (
            caller.has_expired
            or caller.access != "enabled"
            or caller.tenant_id != view.kwargs["tenant_id"]
            or view.action not in ALLOWED[caller.role]
        ):
            return False
        now = timezone.now()
        if caller.last_used_at is None or now - caller.last_used_at > timedelta(minutes=1):
            Caller.objects.filter(pk=caller.pk).update(last_used_at=now)
        request.caller = caller
        return True


class AtomicChanges:
    """Creates and revokes in one transaction, and reads without."""

    @transaction.atomic
    def create(self, request, *args, **kwargs):
        """As the viewset."""
        return super().create(request, *args, **kwargs)

    @transaction.atomic
    def destroy(self, request, *args, **kwargs):
        """As the viewset."""
        return super().destroy(request, *args, **kwargs)


class SharedThrottle(BaseThrottle):
    """One count for all processes; the framework's own would send its cache six statements."""

    def allow_request(self, request, view):
        """Count, and say whether it is still few enough."""
        subject = f"api:{request.caller.prefix}"
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, {"subject": subject, "window": WINDOW})
            return cursor.fetchone()[0] <= QUOTA


def log_request(get_response):
    """One line for each request."""

    def middleware(request):
        request_id = secrets.token_hex(16)
        response = get_response(request)
        response["X-Request-Id"] = request_id
        line = {
            "request": f"{request.method} {request.get_full_path()}",
            "code": response.status_code,
            "request_id": request_id,
            "ip": request.META.get("REMOTE_ADDR"),
            "timestamp": timezone.now().isoformat(),
        }
        log.info(json.dumps(line))
        return response

    return middleware
