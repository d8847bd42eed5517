"""What the client asked the gateway for, as the gateway tells it: one header family each.

Exactly one family is read, the configured gateway's. A verifier that fell back from one to another
would let a client choose what it is judged by.
"""

from dataclasses import dataclass
from enum import StrEnum

from accounts.addresses import read_address
from apikeys.gateway.policy import OVERRIDES, Asked
from apikeys.proof.headers import Headers

VERIFY_PATH = "/gateway/verify"


class Family(StrEnum):
    """The gateways whose way of asking is known."""

    NGINX = "nginx"
    TRAEFIK = "traefik"
    ENVOY = "envoy"
    CADDY = "caddy"


@dataclass(frozen=True, slots=True)
class _Names:
    method: str | None
    """None: the request's own method is the client's."""
    target: str
    address: str
    upgrade: str = "upgrade"


_NAMES = {
    Family.NGINX: _Names("x-original-method", "x-original-uri", "x-real-ip"),
    Family.TRAEFIK: _Names(
        "x-forwarded-method", "x-forwarded-uri", "x-forwarded-for", "x-forwarded-upgrade"
    ),
    Family.CADDY: _Names("x-forwarded-method", "x-forwarded-uri", "x-forwarded-for"),
    Family.ENVOY: _Names(None, "x-original-uri", "x-envoy-external-address"),
}


class Unclear(Exception):
    """The gateway did not say, or did not say once, what was asked: its configuration is wrong."""


def is_check(path: str) -> bool:
    """Whether this address is the gateway's: that of checks, or anything below it."""
    return path == VERIFY_PATH or path.startswith(f"{VERIFY_PATH}/")


def original(family: Family, method: str, suffix: str, headers: Headers) -> Asked:
    """What the client asked for. Raises `Unclear`.

    `method` and `suffix` are the method of the request for a check and what follows VERIFY_PATH.
    With Envoy these are the client's own; but servers decode paths, so Envoy's file in deploy/
    sends the path in a header too, and without that header the path counts as ambiguous.
    """
    names = _NAMES[family]
    if names.method is not None:
        method = _single(headers, names.method)
    decoded = names.method is None and names.target not in headers
    return Asked(
        method,
        suffix if decoded else _single(headers, names.target),
        overridden=not OVERRIDES.isdisjoint(headers),
        decoded=decoded,
        # In HTTP/2 a WebSocket begins with CONNECT (RFC 8441).
        upgrade=method == "CONNECT" or any(headers.get(names.upgrade, ())),
    )


def client_address(family: Family, headers: Headers) -> str | None:
    """Where the client's request came from, for its last use; None if the gateway does not say.

    The last of a list is what the gateway itself added.
    """
    values = headers.get(_NAMES[family].address)
    return read_address(values[-1].rpartition(",")[2]) if values else None


def _single(headers: Headers, wanted: str) -> str:
    values = headers.get(wanted, ())
    if len(values) != 1 or not values[0]:
        raise Unclear(wanted)
    return values[0]
