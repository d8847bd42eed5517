"""Connecting to whichever host of the database serves."""

from collections.abc import Mapping
from typing import Any

from psycopg.conninfo import timeout_from_conninfo

from accounts.database_hosts import each_host, first_to_serve
from portal.postgresql.connection import Connection


def connect(parameters: Mapping[str, Any]) -> Connection:
    """Connect with psycopg's arguments. Several hosts share the time that is set for one."""
    return first_to_serve(
        each_host(parameters),
        lambda one: Connection.connect(**one),
        Connection.close,
        timeout_from_conninfo(dict(parameters)),
    )
