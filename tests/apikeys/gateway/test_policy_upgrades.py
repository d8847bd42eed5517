"""A connection changes its protocol only on the paths that are open for that."""

import pytest

from apikeys.gateway.policy import Asked, Policy

OPEN = ["/sockets", "/v*/events"]


def refused(target: str, patterns: list[str], **more: bool) -> bool:
    """Whether a WebSocket may not begin here."""
    return Policy((), patterns).refuses_upgrade(Asked("GET", target, **{"upgrade": True} | more))


@pytest.mark.parametrize("target", ["/sockets", "/sockets/7?x=1", "/SOCKETS", "/v1/events"])
def test_it_begins_where_a_path_is_open(target: str) -> None:
    assert not refused(target, OPEN)
    assert refused(target, [])


@pytest.mark.parametrize(
    "target",
    ["/orders", "/sockets-old", "/sockets/../orders", "/sockets%2f..%2forders", "/sockets;/orders"]
    + ["//elsewhere/sockets", "/orders?/sockets", "/s\u00f6ckets", "/SOCKET~1", "*", ""],
)
def test_it_begins_nowhere_else(target: str) -> None:
    assert refused(target, OPEN)


def test_a_path_that_somebody_has_decoded_is_not_open() -> None:
    assert refused("/sockets", OPEN, decoded=True)


def test_other_requests_need_no_open_path() -> None:
    assert not refused("/orders", [], upgrade=False)
