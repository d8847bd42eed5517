"""The WSGI callable that the workers serve."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

CONTENT_TYPE_MAX = 1_000
"""Characters; two names of at most 127 (RFC 6838, 4.2) and generous parameters."""

_django = get_wsgi_application()

from django.conf import settings  # noqa: E402

from accounts.waits import limit_waits  # noqa: E402
from apikeys.proof.use_log import start_use_log  # noqa: E402
from portal.postgresql.prober import start_prober  # noqa: E402

start_use_log()  # of keys that call the REST APIs
start_prober()
limit_waits(settings.THREADS)


def application(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Serve the request with Django, unless Django cannot even read it.

    A Content-Type of more than 10,000 characters makes its request class raise outside of every
    handler: the server would answer a bare 500.
    """
    if len(environ.get("CONTENT_TYPE") or "") > CONTENT_TYPE_MAX:
        start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"The Content-Type header is too long.\n"]
    answer = _django(environ, start_response)
    if environ["REQUEST_METHOD"] != "HEAD":
        return answer
    # The server sends what it is given, and Django leaves that to the server (RFC 9110, 9.3.2).
    answer.close()
    return []
