"""The ceilings: what servers can do that look at nothing."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


def wsgi(_environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer without a look at anything."""
    start_response("200 OK", [("content-type", "text/plain")])
    return [b"hello"]


async def asgi(_scope: Any, _receive: Any, send: Any) -> None:
    """Answer without a look at anything."""
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})
