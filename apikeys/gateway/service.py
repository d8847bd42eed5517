"""The gateway's check as a service: on a unit of its own, and by WSGI beside the portal.

The unit keeps apart what WSGI folds into one: a header that comes twice, and one that is spelled
with underscores (seen on Granian, where the last one wins). So gateways should ask the unit; on the
portal's port they must send exactly the headers that the files in deploy/ list.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from ipaddress import ip_network
from types import FrameType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import uvloop
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from psycopg import pq

from apikeys.gateway.check import Gateway, among
from apikeys.gateway.failures import Failures
from apikeys.gateway.headers import headers_of
from apikeys.gateway.lookup import Lookup
from apikeys.gateway.original import VERIFY_PATH, Family
from apikeys.gateway.paths import BadPattern
from apikeys.gateway.pipeline import PROBE_PAUSE, Unavailable
from apikeys.gateway.policy import Policy
from apikeys.gateway.steps import taken
from apikeys.gateway.use_log import start_use_log
from apikeys.services.peppers import configured_peppers, configured_prefix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_LIBPQ = frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())
"""What of a connection's parameters is libpq's; the rest is psycopg's."""


@cache
def gateway() -> Gateway:
    """This process's gateway, made of the settings at the first check."""
    wrong = flaws()
    if wrong:
        raise ImproperlyConfigured(" ".join(wrong.values()))
    parameters = connection.get_connection_params()
    return Gateway(
        family=Family(settings.GATEWAY_FAMILY),
        trusts=among(tuple(map(ip_network, settings.GATEWAY_TRUSTED_ADDRESSES))),
        policy=Policy(settings.GATEWAY_USER_DATA_PATHS or ()),
        peppers=configured_peppers(),
        prefix=configured_prefix(),
        lookup=Lookup({name: parameters[name] for name in _LIBPQ & set(parameters)}),
        failures=Failures(settings.GATEWAY_FAILURES),
        uses=start_use_log(),
        origin=settings.GATEWAY_PUBLIC_ORIGIN,
        docs_url=f"{settings.PORTAL_URL}/docs/",
    )


def flaws() -> dict[str, str]:
    """What is wrong with the gateway's settings: name of the setting to a sentence."""
    found = {}
    patterns = settings.GATEWAY_USER_DATA_PATHS
    if patterns is None and settings.ENVIRONMENT_KIND == "production":
        found["GATEWAY_USER_DATA_PATHS"] = (
            "Production must set GATEWAY_USER_DATA_PATHS, if only to nothing."
        )
    readers: tuple[tuple[str, Callable[[Any], object], Sequence[Any]], ...] = (
        ("GATEWAY_USER_DATA_PATHS", lambda value: Policy([value]), patterns or ()),
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
    who connects meanwhile would wait in vain. So nearly all connections end before, each with its
    answer, and the new ones are served.
    """
    leaving, loop = threading.Event(), asyncio.get_running_loop()
    end = signal.getsignal(signal.SIGTERM)
    assert callable(end)  # noqa: S101  # it is uvicorn's

    def leave(number: int, frame: FrameType | None) -> None:
        leaving.set()
        loop.call_soon_threadsafe(loop.call_later, LEAVING_SECONDS, end, number, frame)

    signal.signal(signal.SIGTERM, leave)
    return leaving


def answer_wsgi(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer a check that came to the portal's own port."""
    headers = [
        (name[5:].replace("_", "-").lower(), value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    # A signature may cover it; WSGI keeps it apart.
    headers += [("content-type", environ["CONTENT_TYPE"])] if environ.get("CONTENT_TYPE") else []
    path = quote(
        environ["PATH_INFO"].removeprefix(VERIFY_PATH), encoding="latin-1", errors="replace"
    )
    query = environ.get("QUERY_STRING", "")
    suffix = f"{path}?{query}" if query else path
    check = gateway().check(
        environ["REQUEST_METHOD"], suffix, headers_of(headers), environ.get("REMOTE_ADDR")
    )
    # One at a time: this port is for what comes seldom, and a hung database delays the first only.
    with _turn:
        verdict = _own_loop().run_until_complete(taken(check))
    phrase = HTTPStatus(verdict.status).phrase
    start_response(f"{int(verdict.status)} {phrase}", verdict.headers)
    return [verdict.body.encode()]


_turn = threading.Lock()


@cache
def _own_loop() -> asyncio.AbstractEventLoop:
    """This process's event loop for checks; it runs during each, and now and then between them."""
    loop = uvloop.new_event_loop()
    threading.Thread(target=_look_after, args=[loop], name="gateway-loop", daemon=True).start()
    return loop


def _look_after(loop: asyncio.AbstractEventLoop) -> None:
    """Let the loop see what comes without a check: a connection's end, the database's return."""
    pause = threading.Event()
    while not pause.wait(PROBE_PAUSE):
        with _turn:
            loop.run_until_complete(asyncio.sleep(0))
