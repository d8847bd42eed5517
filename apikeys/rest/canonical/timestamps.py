"""Times of the canonical API: RFC 3339, any offset in, UTC with milliseconds out."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

_RFC_3339 = re.compile(
    r"\A\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+ -]\d{2}:?\d{2})\Z", re.ASCII
)


def rfc3339(value: datetime) -> str:
    """`value` in UTC, as in 2026-11-22T10:11:12.000Z."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(value: Any) -> datetime:
    """A time with its offset, in UTC, cut to the milliseconds in which it will be shown.

    Raises `PydanticCustomError`, also for a time that has no place in UTC's years 1 to 9999.
    """
    try:
        if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
            raise ValueError
        # In a query, a plus sign that was not escaped arrives as a space.
        at = datetime.fromisoformat(value.upper().replace(" ", "+")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "invalid_time", "Give a time with its offset, for example 2027-01-31T10:00:00Z."
        ) from None
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def parse_expiration(value: Any) -> datetime | None:
    """A time, or None for "never"."""
    return None if value == "never" else parse_time(value)


def _expiration_text(value: datetime | None) -> str:
    return "never" if value is None else rfc3339(value)


_TIME: dict[str, Any] = {"type": "string", "format": "date-time"}
# The time first: openapi-python-client's parsers try a constant only as the last choice.
EXPIRATION = {"anyOf": [_TIME, {"type": "string", "const": "never"}]}

Time = Annotated[datetime, PlainSerializer(rfc3339), WithJsonSchema(_TIME)]
"""A time in an answer."""
GivenTime = Annotated[
    datetime, BeforeValidator(parse_time), PlainSerializer(rfc3339), WithJsonSchema(_TIME)
]
"""A time in a request."""
Expiration = Annotated[
    datetime | None, PlainSerializer(_expiration_text), WithJsonSchema(EXPIRATION)
]
"""An expiration in an answer: None says "never"."""
GivenExpiration = Annotated[
    datetime | None,
    BeforeValidator(parse_expiration),
    PlainSerializer(_expiration_text),
    WithJsonSchema(EXPIRATION),
]
"""An expiration in a request: "never" or a time."""
