"""What a role may do behind the gateway: by method, and by paths that hold user data.

The table is product.md's ("Towards any other API behind the gateway"). Paths are compared as
upstreams may read them; one that they could read in two ways is refused, not guessed at.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from accounts.roles import Role

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""What a viewer's key may do. HTTP calls them safe (RFC 9110, 9.2.1); TRACE is nobody's."""
OVERRIDES = frozenset(
    "".join(spelled)
    for name in ("x-http-method-override", "x-http-method", "x-method-override")
    for spelled in product(*("-_" if each == "-" else each for each in name))
)
"""Headers by which some upstreams take another method than the request's own.

In any spelling with underscores, which servers make of dashes.
"""

_METHOD = re.compile(r"\A[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}\Z")  # a token of RFC 9110, 5.6.2
_AMBIGUOUS = re.compile(r"[\\;%?#\x00-\x1f\x7f]")
_PLAIN = re.compile(r"\A(?:/[0-9A-Za-z_-]+)+\Z")
_ENCODED_SLASH = re.compile(r"%(2f|5c)", re.IGNORECASE)


class Asked(NamedTuple):
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
        patterns = [_compiled(pattern) for pattern in user_data_paths]
        self._user_data = re.compile(f"(?:{'|'.join(patterns)})(?:/|\\Z)") if patterns else None

    def refusal(self, role: Role, asked: Asked) -> Refusal | None:
        """None if a key with `role` may do this."""
        if asked.method not in READING and not _METHOD.fullmatch(asked.method):
            return Refusal("This method cannot be judged, so it is refused.")
        if role == Role.ADMIN:
            return None
        if role == Role.VIEWER and (asked.overridden or asked.method not in READING):
            return Refusal(
                "A viewer's key may only read: GET, HEAD and OPTIONS, without another method in a "
                "header. Use a key with the role GL or admin."
            )
        return self._path_refusal(asked, self._user_data) if self._user_data else None

    def _path_refusal(self, asked: Asked, user_data: re.Pattern[str]) -> Refusal | None:
        readings = None if asked.decoded else _readings(asked.target)
        if readings is None:
            return Refusal(
                "This path can be read in more than one way, so it is refused. Send it without "
                "encoded slashes, dot segments, backslashes, semicolons, encoded ? and #."
            )
        if any(map(user_data.match, readings)):
            return Refusal("This path holds data about users. Use a key with the role admin.")
        return None


def _readings(target: str) -> list[str] | None:
    """How upstreams may read a target's path, in lower case; None if nobody can tell.

    With empty segments: as they stand, with slashes merged, or with what follows "//" taken for a
    host.
    """
    path = target.partition("?")[0]
    if _PLAIN.match(path):  # nearly every path: nothing to decode, nothing to read differently
        return [path.lower()]
    segments = _segments(path)
    if segments is None:
        return None
    if "" not in segments:
        return [_joined(segments)]
    merged = [segment for segment in segments if segment]
    kept = segments if segments[-1] else segments[:-1]
    found = [merged, kept, merged[1:]] if segments[0] == "" else [merged, kept]
    return [_joined(each) for each in found]


def _joined(segments: list[str]) -> str:
    return "".join(f"/{segment}" for segment in segments)


def _segments(path: str) -> list[str] | None:
    """The path's segments, decoded once and in lower case; None if it is ambiguous."""
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


def _compiled(pattern: str) -> str:
    """The regular expression of a pattern, which a path's beginning must match."""
    segments = None if "?" in pattern else _segments(pattern.removesuffix("/"))
    if not segments or "" in segments:
        raise ValueError(pattern)
    return _joined(["[^/]*" if each == "*" else re.escape(each) for each in segments])
