"""The address that counts is the one which the gateway sees, or which its own proxy names."""

from collections.abc import Iterator

import pytest

from apikeys.gateway.original import Family, client_address
from apikeys.proof.headers import headers_of
from tests.apikeys.gateway.raw_http import Caller
from tests.apikeys.gateway.real_gateways import DoubtfulGateway, behind_proxy, started
from tests.apikeys.gateway.recording_server import RecordingServer, answer

HERE, CLIENT, FORGED = "127.0.0.1", "203.0.113.9", "198.51.100.66"
CLAIMS = ("X-Forwarded-For", "X-Real-IP", "X-Envoy-External-Address", "Forwarded", "True-Client-IP")


def seen_from(gateway: DoubtfulGateway, *headers: tuple[str, str], first: str = "") -> str | None:
    """Where the unit would note that this request came from."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers)
    request = f"{first}GET /orders HTTP/1.1\r\nHost: api.example.com\r\n{fields}\r\n"
    with Caller(gateway.port) as caller:
        assert caller.send(request.encode()).status == 200
    [check] = gateway.check.taken()
    found = headers_of((name.lower(), value) for name, value in check.headers)
    return client_address(gateway.family, found)


def test_no_client_chooses_its_address(doubtful_gateway: DoubtfulGateway) -> None:
    for name in CLAIMS:
        for value in (FORGED, f"for={FORGED}", f"{FORGED}, {FORGED}"):
            assert seen_from(doubtful_gateway, (name, value), (name, value)) == HERE, name


@pytest.fixture(scope="session")
def gateway_behind_proxy(
    family: Family, upstream: RecordingServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DoubtfulGateway]:
    """The gateway with the lines for a proxy before it, which stands on this machine."""
    home = tmp_path_factory.mktemp(f"proxied-{family}")
    with (
        RecordingServer() as check,
        started(family, home, check=check.port, upstream=upstream.port, edit=behind_proxy) as port,
    ):
        yield DoubtfulGateway(family, port, upstream, check)


def test_the_proxy_before_it_names_the_client(gateway_behind_proxy: DoubtfulGateway) -> None:
    """What the client said before the proxy added its own is believed by nobody."""
    gateway_behind_proxy.check.taken()
    gateway_behind_proxy.check.answering = lambda _: answer(200)
    first = ""
    if gateway_behind_proxy.family == Family.TRAEFIK:
        first = f"PROXY TCP4 {CLIENT} {HERE} 40000 443\r\n"
    appended = ("X-Forwarded-For", f"{FORGED}, {CLIENT}")
    assert seen_from(gateway_behind_proxy, appended, first=first) == CLIENT
