"""The ceilings: what the server itself can do, by either interface."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


def wsgi(_environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer without a look at anything."""
    start_response("200 OK", [("content-type", "text/plain")])
    return [b"hello"]


async def rsgi(_scope: Any, protocol: Any) -> None:
    """Answer without a look at anything."""
    protocol.response_str(200, [("content-type", "text/plain")], "hello")
