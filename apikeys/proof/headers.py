"""Header fields by name, for who must see what came twice."""

from collections.abc import Iterable, Mapping

type Headers = Mapping[str, tuple[str, ...]]
"""By name, in lower case and with the dashes and underscores that it had: its values, in order."""


def headers_of(pairs: Iterable[tuple[str, str]]) -> Headers:
    """Names, in lower case, and values as they came."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found[name], value) if name in found else (value,)
    return found


def pairs_of(headers: Headers) -> tuple[tuple[str, str], ...]:
    """The same as pairs; the values of one name stay in their order."""
    return tuple((name, value) for name, values in headers.items() for value in values)
