"""The gateway's check as a service, on a unit of its own and nowhere else.

The portal's port would answer strangers: they reach it through the proxy in front, whose address is
trusted like a gateway's. And WSGI folds into one what a check must tell apart: a header that comes
twice, and one that is spelled with underscores (seen on Granian, where the last one wins).
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from ipaddress import ip_network
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from psycopg import pq

from apikeys.gateway.check import Gateway
from apikeys.gateway.coroutine_protocol import taken
from apikeys.gateway.failures import Failures
from apikeys.gateway.lookup import Lookup
from apikeys.gateway.original import Family
from apikeys.gateway.paths import BadPattern
from apikeys.gateway.pipeline import Unavailable
from apikeys.gateway.policy import Policy
from apikeys.gateway.trust import among
from apikeys.proof.use_log import start_use_log
from apikeys.services.peppers import configured_peppers, configured_prefix

_LIBPQ = frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())
"""What of a connection's parameters is libpq's; the rest is psycopg's."""


@cache
def gateway() -> Gateway:
    """This process's gateway, made of the settings at the first check."""
    wrong = setting_errors()
    if wrong:
        raise ImproperlyConfigured(" ".join(wrong.values()))
    parameters = connection.get_connection_params()
    return Gateway(
        family=Family(settings.GATEWAY_FAMILY),
        trusts=among(tuple(map(ip_network, settings.GATEWAY_TRUSTED_ADDRESSES))),
        policy=Policy(settings.GATEWAY_USER_DATA_PATHS or (), settings.GATEWAY_UPGRADE_PATHS),
        peppers=configured_peppers(),
        prefix=configured_prefix(),
        lookup=Lookup({name: parameters[name] for name in _LIBPQ & set(parameters)}),
        failures=Failures(settings.GATEWAY_FAILURES),
        uses=start_use_log(),
        origin=settings.GATEWAY_PUBLIC_ORIGIN,
        docs_url=f"{settings.PORTAL_URL}/docs/",
    )


def setting_errors() -> dict[str, str]:
    """What is wrong with the gateway's settings: name of the setting to a sentence."""
    found = {}
    patterns = settings.GATEWAY_USER_DATA_PATHS
    if patterns is None and settings.ENVIRONMENT_KIND == "production":
        found["GATEWAY_USER_DATA_PATHS"] = (
            "Production must set GATEWAY_USER_DATA_PATHS, if only to nothing."
        )
    readers: tuple[tuple[str, Callable[[Any], object], Sequence[Any]], ...] = (
        ("GATEWAY_USER_DATA_PATHS", lambda value: Policy([value]), patterns or ()),
        ("GATEWAY_UPGRADE_PATHS", lambda value: Policy([value]), settings.GATEWAY_UPGRADE_PATHS),
        ("GATEWAY_FAMILY", Family, [settings.GATEWAY_FAMILY]),
        ("GATEWAY_TRUSTED_ADDRESSES", ip_network, settings.GATEWAY_TRUSTED_ADDRESSES),
        ("GATEWAY_PUBLIC_ORIGIN", _check_origin, [settings.GATEWAY_PUBLIC_ORIGIN]),
        ("GATEWAY_FAILURES", _check_count, [settings.GATEWAY_FAILURES]),
    )
    for name, read, values in readers:
        for value in values:
            try:
                read(value)
            except BadPattern as bad:
                found[name] = f"{name} cannot hold {value!r}. {bad}"
            except ValueError:
                found[name] = f"{name} cannot be {value!r}."
    return found


def _check_origin(value: str) -> None:
    """Raise ValueError unless clients that sign a request would spell its origin so."""
    parts = urlsplit(value)
    plain = parts.scheme in _DEFAULT_PORTS and parts.hostname and parts.username is None
    if not plain or parts.port == _DEFAULT_PORTS[parts.scheme]:
        raise ValueError
    if value != f"{parts.scheme}://{parts.netloc.lower()}":
        raise ValueError


_DEFAULT_PORTS = {"http": 80, "https": 443}


def _check_count(value: int) -> None:
    if value < 1:
        raise ValueError


class GatewayUnit:
    """The unit's application (ASGI): its beginning and end. `CheckProtocol` answers requests."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Be ready before the first request, if that can be; write the uses before the end."""
        if scope["type"] != "lifespan":
            raise RuntimeError("Start this with --http portal.gateway:CheckProtocol.")
        unit = scope["state"]["gateway"] = gateway()
        scope["state"]["leaving"] = _put_off_the_end()
        await receive()
        with suppress(Unavailable):
            await taken(unit.lookup.find(""))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        unit.uses.stop()
        unit.lookup.close()
        await send({"type": "lifespan.shutdown.complete"})


LEAVING_SECONDS = 1.0
"""Seconds for which a process that is told to end goes on."""


def _put_off_the_end() -> threading.Event:
    """Set when SIGTERM comes, after which uvicorn hears of it a little later.

    It would listen no more at once. Yet its parent keeps the socket until every worker has ended:
    a client that connects then would wait in vain. So nearly all connections end before, each with
    its answer, and the new ones are served.
    """
    leaving, loop = threading.Event(), asyncio.get_running_loop()
    end = signal.getsignal(signal.SIGTERM)
    assert callable(end)  # noqa: S101  # it is uvicorn's

    def leave(number: int, frame: FrameType | None) -> None:
        leaving.set()
        loop.call_soon_threadsafe(loop.call_later, LEAVING_SECONDS, end, number, frame)

    signal.signal(signal.SIGTERM, leave)
    return leaving
