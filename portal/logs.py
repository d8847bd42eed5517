"""Logs: structured, one line an event, with anything secret-shaped taken out."""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

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
# The token of an invitation's link, also where a sign-in page is told to lead back to it.
_INVITATION_TEXT = re.compile(r"(/invitation/|%2Finvitation%2F)[0-9A-Za-z_-]+", re.IGNORECASE)
_AUTHORIZATION_TEXT = re.compile(r"\b(Basic|Bearer)\s+[A-Za-z0-9+/=_.~-]{8,}", re.IGNORECASE)


def redact_text(text: str) -> str:
    """`text` without client secrets, invitations' tokens and authorization values."""
    text = _INVITATION_TEXT.sub(rf"\1{REDACTED}", text)
    return _AUTHORIZATION_TEXT.sub(rf"\1 {REDACTED}", _SECRET_TEXT.sub(rf"\1{REDACTED}", text))


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: values under telling names go, secret-shaped text goes everywhere."""
    return {name: _redact_value(name, value) for name, value in event.items()}


def _redact_value(name: str, value: Any) -> Any:
    if _SECRET_NAMES.search(name):
        return REDACTED
    match value:
        case str():
            return redact_text(value)
        case dict():
            return {key: _redact_value(str(key), inner) for key, inner in value.items()}
        case list() | tuple():
            return [_redact_value("", inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:  # bytes, exceptions and whatever else the renderer would write out after us
            return redact_text(str(value))


def logging_config(level: str, *, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING: everything to stderr, as JSON or for a developer's eyes."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
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
                # Last before rendering, so that nothing added in between escapes it.
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    redact,
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
