"""Connecting to whichever host of the database serves."""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.conninfo import timeout_from_conninfo

from accounts.database_hosts import each_host, first_to_serve


def connect[C: psycopg.Connection[Any]](parameters: Mapping[str, Any], kind: type[C]) -> C:
    """Connect with psycopg's arguments. Several hosts share the time that is set for one."""
    return first_to_serve(
        each_host(parameters),
        lambda one: kind.connect(**one),
        kind.close,
        timeout_from_conninfo(dict(parameters)),
    )
