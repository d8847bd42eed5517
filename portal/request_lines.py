"""What the log says of requests: the names of their parameters, and never a value.

A value may be an email, a name, or whatever somebody searches for; a log is kept longer and read by
more people than the page it was meant for.
"""

import re
from typing import Any

from structlog.typing import EventDict, WrappedLogger

NAMES_MAX = 10
"""Names of parameters in a line."""
PATH_MAX = 300
"""Characters of a path in a line."""
ODD = "[odd]"
"""Stands for a name that is none of ours: it may be a value that somebody put there."""

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
# The query of an address, in whatever text; one pass, however many question marks there are.
_QUERY = re.compile(r"(?<=[\w/%~.-])\?([^\s\"<>]+)")
# What PostgreSQL adds to an error repeats the values of rows, up to the next error's traceback.
_DATABASE_DETAIL = re.compile(
    r"\n[ |]*(?:DETAIL|HINT|CONTEXT|QUERY):.*?(?=\n\n(?:The above exception|During handling)|\Z)",
    re.DOTALL,
)


def request_line(method: str, path: str, query: str) -> str:
    """A request as its line says it; `path` is quoted as in an address."""
    if len(path) > PATH_MAX:
        path = f"{path[:PATH_MAX]}…"
    return f"{method} {path}" + (f"?{names_of(query)}" if query else "")


def names_of(query: str) -> str:
    """The names in a query, as a query: as many as a line takes, and only those in a plain form."""
    parts = query.split("&", NAMES_MAX)
    names = [part.partition("=")[0] for part in parts[:NAMES_MAX]]
    said = [name if _PLAIN_NAME.fullmatch(name) else ODD for name in names]
    return "&".join(said + ["…"] * (len(parts) > NAMES_MAX))


def without_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: no text shows the values of a query, or of a row in the database."""
    return {name: _without_values(value) for name, value in event.items()}


def _without_values(value: Any) -> Any:
    match value:
        case str():
            return _shortened(value)
        case dict():
            return {key: _without_values(inner) for key, inner in value.items()}
        case list():
            return [_without_values(inner) for inner in value]
        case _:  # `portal.logs.redact` has made a text of everything except numbers
            return value


def _shortened(text: str) -> str:
    if "?" in text and "=" in text:
        text = _QUERY.sub(lambda found: _names_alone(found[1]), text)
    if "\n" in text:
        text = _DATABASE_DETAIL.sub("", text)
    return text


def _names_alone(query: str) -> str:
    return "?" + (names_of(query) if "=" in query else query)
