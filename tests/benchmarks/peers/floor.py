"""The floor: what a check costs that asks PostgreSQL for a key and judges nothing.

One prepared SELECT of one row through libpq, waiting for it, and one hash. No rule, no deadline.
"""

import os
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from psycopg import pq
from psycopg.pq.abc import PGconn

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_SELECT = b"SELECT verifier, role FROM apikeys_apikey WHERE client_id = $1 AND revoked_at IS NULL"


def _connected() -> PGconn:
    connection = pq.PGconn.connect(os.environ["DATABASE_URL"].encode())
    connection.prepare(b"key", _SELECT)
    return connection


_connection = _connected()


def wsgi(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer with the key's role; whether the secret is the right one is not looked at."""
    secret: str = environ.get("HTTP_API_KEY", "")
    asked = secret.rpartition("_")[0].encode()
    found = _connection.exec_prepared(b"key", [asked], result_format=pq.Format.BINARY)
    _ = sha256(secret.encode()).digest() == found.get_value(0, 0)
    start_response("200 OK", [("x-key-role", (found.get_value(0, 1) or b"").decode())])
    return [b""]
