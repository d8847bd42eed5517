"""Logs: structured, one line an event, with anything secret-shaped taken out."""

import re
from functools import lru_cache
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from portal.request_lines import without_values

REDACTED = "[redacted]"
_SECRET_NAMES = re.compile(
    r"secret|password|passwd|token|authorization|api[-_]?key|cookie|credential|pepper",
    re.IGNORECASE,
)
# A client secret, whole or cut, in whatever text: a client ID followed by at least 8 more digits.
_UNDERSCORE = "(?:_|%5[Ff])"  # as it stands, or as a URL writes it
_SECRET_TEXT = re.compile(
    rf"([0-9A-Za-z]{{1,32}}{_UNDERSCORE}[0-9A-Za-z]{{20}}{_UNDERSCORE})[0-9A-Za-z]{{8,}}"
)
# An access token: a client ID, its expiry, a pepper's number, and the proof, which is taken out.
_TOKEN_TEXT = re.compile(
    rf"([0-9A-Za-z]{{1,32}}{_UNDERSCORE}[0-9A-Za-z]{{20}}\.[0-9]{{10,11}}\.[0-9]{{1,5}}\.)"
    r"[0-9A-Za-z_-]{8,}"
)
# The token in a link that a mail brings, also where a sign-in page is told to lead back to it. A
# slash stands as it is, as JSON writes it, or as a URL within a URL does. Doubled ones and "/./"
# count too: such an address leads nowhere, so the token that it holds is not used up.
_SLASH = r"(?:\\?/|\\u002f|%(?:25)*+2F)"
_SLASHES = rf"(?:{_SLASH}\.*+)++"
_LINK_TEXT = re.compile(
    rf"((?:{_SLASH}|(?<![a-z-]))(?:invitation|reset{_SLASHES}key|confirm-email"
    rf"|email{_SLASHES}(?:confirm|undo)){_SLASHES})"
    r"[^\s\"<>?#]*[^\s\"<>?#/]",
    re.IGNORECASE,
)
_LINK_WORDS = ("invitation", "reset", "email")
_AUTHORIZATION_TEXT = re.compile(r"\b(Basic|Bearer)\s+[A-Za-z0-9+/=_.~-]{8,}", re.IGNORECASE)
_SHORTEST = len("/email/undo/x")
"""Characters; what is shorter matches none of these."""


def redact_text(text: str) -> str:
    """`text` without client secrets, access tokens, what mails' links hold, authorization values.

    Each line of the log comes by here, so an expression is tried only on a text that holds a word
    which it needs.
    """
    if len(text) < _SHORTEST:
        return text
    words = text.lower()
    if any(word in words for word in _LINK_WORDS):
        text = _LINK_TEXT.sub(rf"\1{REDACTED}", text)
    if "_" in text or "%5f" in words:
        text = _SECRET_TEXT.sub(rf"\1{REDACTED}", text)
        if "." in text:
            text = _TOKEN_TEXT.sub(rf"\1{REDACTED}", text)
    if "basic" in words or "bearer" in words:
        text = _AUTHORIZATION_TEXT.sub(rf"\1 {REDACTED}", text)
    return text


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: values under telling names go, secret-shaped text goes everywhere."""
    return {name: _redact_value(name, value) for name, value in event.items()}


@lru_cache(maxsize=1000)
def _is_secret_name(name: str) -> bool:
    return _SECRET_NAMES.search(name) is not None


def _redact_value(name: str, value: Any) -> Any:
    if _is_secret_name(name):
        return REDACTED
    match value:
        case str():
            return redact_text(value)
        case dict():
            return {key: _redact_value(str(key), inner) for key, inner in value.items()}
        case list() | tuple() if not hasattr(value, "_fields"):
            return [_redact_value("", inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:  # bytes, exceptions, named tuples, whatever else would be written out after us
            return redact_text(str(value))


def logging_config(level: str, *, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING: everything to stderr, as JSON or for a developer's eyes.

    `redact` and `without_values` are the last steps before a line is handed on, so that no handler
    sees more; they run once, since the formatter adds nothing afterwards.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
        without_values,
    ]
    structlog.configure(
        # First the level, or each request would make a line that nobody writes.
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # django-structlog says how each request ended; Django's own line would repeat it.
            "django.request": {"level": "ERROR"},
        },
    }
