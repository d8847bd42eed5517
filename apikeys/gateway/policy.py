"""What a role may do behind the gateway: by method, and by paths that hold user data.

The table is product.md's ("Towards any other API behind the gateway"). Paths are compared as
upstreams may read them; one that they could read in two ways is refused, not guessed at.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from accounts.roles import Role

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""What a viewer's key may do. HTTP calls them safe (RFC 9110, 9.2.1); TRACE is nobody's."""
OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})
"""Headers by which some upstreams take another method than the request's own."""

_METHOD = re.compile(r"\A[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}\Z")  # a token of RFC 9110, 5.6.2
_AMBIGUOUS = re.compile(r"[\\;%?#\x00-\x1f\x7f]")
_ENCODED_SLASH = re.compile(r"%(2f|5c)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the client asked the gateway for."""

    method: str
    target: str
    """Path and query as the client sent them, not decoded."""
    overridden: bool = False
    """Whether the request names another method in a header."""
    decoded: bool = False
    """Whether somebody has decoded the target, so that it does not show what was sent."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a role may not do what was asked, in a sentence for the caller."""

    reason: str


class Policy:
    """The rules of one installation. `user_data_paths` are the patterns that only admins reach."""

    def __init__(self, user_data_paths: Iterable[str]) -> None:
        """Compile the patterns: segments separated by "/", where "*" is any one segment.

        A pattern holds for everything below it too, in upper and lower case. Raises ValueError
        for one that does not begin with "/" or holds what no clean path holds.
        """
        self._patterns = [_compile(pattern) for pattern in user_data_paths]

    def refusal(self, role: Role, asked: Asked) -> Refusal | None:
        """None if a key with `role` may do this."""
        if not _METHOD.fullmatch(asked.method):
            return Refusal("This method cannot be judged, so it is refused.")
        if role == Role.ADMIN:
            return None
        if role == Role.VIEWER and (asked.overridden or asked.method not in READING):
            return Refusal(
                "A viewer's key may only read: GET, HEAD and OPTIONS, without another method in a "
                "header. Use a key with the role GL or admin."
            )
        return self._path_refusal(asked) if self._patterns else None

    def _path_refusal(self, asked: Asked) -> Refusal | None:
        segments = None if asked.decoded else _segments(asked.target)
        if segments is None:
            return Refusal(
                "This path can be read in more than one way, so it is refused. Send it without "
                "encoded slashes, dot segments, backslashes, semicolons, encoded ? and #."
            )
        readings = _readings(segments)
        if any(_matches(pattern, each) for pattern in self._patterns for each in readings):
            return Refusal("This path holds data about users. Use a key with the role admin.")
        return None


def _segments(target: str) -> list[str] | None:
    """The path's segments, decoded once and in lower case; None if it is ambiguous."""
    path = target.partition("?")[0]
    if not path.startswith("/") or _ENCODED_SLASH.search(path) or not path.isascii():
        return None
    try:
        decoded = unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return None
    if _AMBIGUOUS.search(decoded):
        return None
    segments = decoded.split("/")[1:]
    clean = [segment.strip().casefold() for segment in segments]
    if {".", ".."} & set(clean) or clean.count("") != segments.count(""):
        return None
    return clean


def _readings(segments: list[str]) -> list[list[str]]:
    """How upstreams read these segments, where some may be empty.

    As they stand, with slashes merged, or with what follows "//" taken for a host.
    """
    if "" not in segments:
        return [segments]
    merged = [segment for segment in segments if segment]
    kept = segments if segments[-1] else segments[:-1]
    return [merged, kept, merged[1:]] if segments[0] == "" else [merged, kept]


def _compile(pattern: str) -> tuple[str, ...]:
    segments = _segments(pattern.removesuffix("/"))
    if not segments or "" in segments or "?" in pattern:
        raise ValueError(pattern)
    return tuple(segments)


def _matches(pattern: tuple[str, ...], segments: list[str]) -> bool:
    return len(segments) >= len(pattern) and all(
        wanted in {"*", segment} for wanted, segment in zip(pattern, segments, strict=False)
    )
