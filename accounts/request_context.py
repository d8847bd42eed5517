"""Which request is being served: what audit events and log lines say about its origin."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The id of the request and the address it came from; all empty outside of a request."""

    request_id: str = ""
    """Ours: nobody else chooses it."""
    address: str | None = None
    caller_request_id: str = ""
    """The one that the caller, or a proxy in front, gave; empty if it was not well-formed."""
    browser: str = ""
    """The User-Agent, as the caller says it."""


_OUTSIDE = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("request_context", default=_OUTSIDE)


def current() -> RequestContext:
    """The context of the request being served by this thread or task."""
    return _current.get()


@contextmanager
def serving(context: RequestContext) -> Iterator[None]:
    """Make `context` the current one for the duration of the block."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
