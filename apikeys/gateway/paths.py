"""Paths as upstreams may read them, and the patterns that they are compared with.

A path that two programs could read in two ways has no reading: it is refused, not guessed at. Where
the ways can be counted, such as letters with and without accents, a path has a reading for each,
and a pattern that covers one of them covers the path.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from unicodedata import category, normalize
from urllib.parse import unquote_to_bytes

_PLAIN = re.compile(r"\A(?:/[0-9A-Za-z_-]+)+\Z")
_ENCODED_SLASH = re.compile(r"%(2f|5c)", re.IGNORECASE)
_AMBIGUOUS = re.compile(r"[\\;%?#\x00-\x1f\x7f]|/[ .]+(?:/|\Z)")
"""Signs that end or divide a path for some, and segments of dots and spaces, which lead upwards."""
_SHORT_NAME = re.compile(r"/[^/~]{1,6}~[0-9]")
"""Another name that Windows gives to a long one, such as CUSTOM~1 for customers."""
_SHOWS_NOTHING = "\u115f\u1160"
"""Fillers of Korean script: Unicode calls them letters, and much software drops them."""
_ENDS = "(?![0-9a-z_-])"
"""Where a name ends: "/users" goes on in "/users.json", and "/users-old" is another name."""
_CLEAN = (
    'A path begins with "/", is ASCII or encoded as UTF-8, and has no empty segments and none of '
    "dots or spaces alone, no encoded slash or *, and no \\ ; ? # or encoded %, nor signs that "
    "show nothing or only look like others; no pattern may hold one of these."
)


class BadPattern(ValueError):
    """No clean path would ever match this. The message is a sentence for the operator."""


def covering(patterns: Iterable[str]) -> Callable[[str], object] | None:
    """Return what finds whether one of the patterns covers a reading; None without patterns.

    Raises `BadPattern`.

    A pattern is segments separated by "/", in any case, where "*" is any run of characters within
    one. It covers what lies below it, and a path whose segments go on with a sign other than
    a letter, a digit, "-" or "_".
    """
    found = dict.fromkeys(each for pattern in patterns for each in _expressions(pattern))
    return re.compile("|".join(found)).match if found else None


def readings(target: str) -> list[str] | None:
    """How upstreams may read a target's path, in lower case; None if nobody can tell."""
    path = target.partition("?")[0]
    if _PLAIN.match(path):  # nearly every path: nothing to decode, nothing to read differently
        return [path.lower()]
    spellings = _spellings(path)
    if spellings is None:
        return None
    return [_joined(segments) for each in spellings for segments in _divided(each)]


def has_short_name(reading: str) -> bool:
    """Whether Windows could take part of this for a longer name."""
    return "~" in reading and _SHORT_NAME.search(reading) is not None


def _spellings(path: str) -> list[str] | None:
    """The path decoded once, in lower case, with the letters that it may have; None if unclear."""
    if not path.startswith("/") or _ENCODED_SLASH.search(path) or not path.isascii():
        return None
    try:
        decoded = unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return None
    found = [decoded.casefold()]
    if not decoded.isascii():
        if not all(map(_is_letter, set(decoded))):
            return None
        found.append(_without_accents(decoded))
        # Some letters become ones of ASCII where case is folded: as it was sent, too.
        found += [_ascii_of(each) for each in (*found, decoded)]
    return None if any(map(_AMBIGUOUS.search, found)) else found


def _ascii_of(text: str) -> str:
    return text.encode("ascii", "ignore").decode().casefold()


@lru_cache(maxsize=4096)
def _is_letter(sign: str) -> bool:
    """Whether this is ASCII, or a letter, mark or digit that stays one in whatever form.

    Other signs beyond ASCII may show nothing, or be taken for a slash or a dot.
    """
    if sign.isascii():
        return True
    plain = normalize("NFKD", sign)
    return all(category(each)[0] in "LMN" and each not in _SHOWS_NOTHING for each in plain)


def _without_accents(text: str) -> str:
    """Return it without marks, width and case, as databases and search compare."""
    plain = normalize("NFKD", normalize("NFKD", text).upper().casefold())
    return "".join([each for each in plain if category(each)[0] != "M"])


def _divided(path: str) -> list[list[str]]:
    """The path's segments as they stand, without empty ones, or with a host after "//"."""
    segments = [each.strip() for each in path.split("/")[1:]]
    if "" not in segments:
        return [segments]
    merged = [segment for segment in segments if segment]
    kept = segments if segments[-1] else segments[:-1]
    return [merged, kept, merged[1:]] if segments[0] == "" else [merged, kept]


def _joined(segments: list[str]) -> str:
    return "/" + "/".join(segments)


def _expressions(pattern: str) -> list[str]:
    """Regular expressions that the beginning of a reading matches if the pattern covers it."""
    path = pattern.removesuffix("/")
    spellings = None if "?" in pattern or "%2a" in pattern.lower() else _spellings(path)
    found = []
    for spelling in spellings[:2] if spellings else ():
        segments = [each.strip() for each in spelling.split("/")[1:]]
        if "" in segments:
            raise BadPattern(_CLEAN)
        # What may follow in a segment cannot hold "/", so nothing is ever tried twice (`*+`).
        found.append("/" + "[^/]*+/".join(map(_segment, segments)))
    if not found:
        raise BadPattern(_CLEAN)
    return found


def _segment(pattern: str) -> str:
    """The expression of one segment, up to where a name may end.

    What stands between two stars is taken where it first fits, for good (`(?>…)`): what comes later
    finds no more room elsewhere. So a path costs its length, however many stars there are.
    """
    first, *others = map(re.escape, pattern.split("*"))
    if not others:
        return first + _ENDS
    *between, last = others
    stars = "".join([f"(?>[^/]*?{each})" for each in between if each])
    return first + stars + (f"(?>[^/]*?{last}{_ENDS})" if last else "")
