"""What the client asked for: one gateway's headers are read, each exactly once."""

import pytest

from apikeys.gateway.original import Family, Unclear, client_address, original
from apikeys.gateway.policy import Asked
from apikeys.proof.headers import headers_of

NGINX = [("x-original-method", "PUT"), ("x-original-uri", "/a?b"), ("x-real-ip", "198.51.100.7")]
FORWARDED = [
    ("x-forwarded-method", "PATCH"),
    ("x-forwarded-uri", "/c"),
    ("x-forwarded-for", "203.0.113.1, 198.51.100.8"),
]
EVERYTHING = [*NGINX, *FORWARDED, ("x-envoy-external-address", "198.51.100.9")]
ANSWERS = {
    Family.NGINX: (Asked("PUT", "/a?b"), "198.51.100.7"),
    Family.TRAEFIK: (Asked("PATCH", "/c"), "198.51.100.8"),
    Family.CADDY: (Asked("PATCH", "/c"), "198.51.100.8"),
    Family.ENVOY: (Asked("POST", "/a?b"), "198.51.100.9"),
}
NAMED = [
    (family, name)
    for family, headers in (
        (Family.NGINX, NGINX),
        (Family.TRAEFIK, FORWARDED),
        (Family.CADDY, FORWARDED),
    )
    for name, _ in headers[:2]
]


@pytest.mark.parametrize("family", Family)
def test_it_reads_its_own_gateways_headers_only(family: Family) -> None:
    asked, address = ANSWERS[family]
    assert original(family, "POST", "/suffix", headers_of(EVERYTHING)) == asked
    assert client_address(family, headers_of(EVERYTHING)) == address


@pytest.mark.parametrize("family", [Family.TRAEFIK, Family.CADDY])
def test_it_believes_no_address_that_came_before_the_gateways_own(family: Family) -> None:
    headers = headers_of([("x-forwarded-for", "203.0.113.9"), *FORWARDED])
    assert client_address(family, headers) == "198.51.100.8"


@pytest.mark.parametrize(("family", "name"), NAMED)
def test_it_falls_back_to_nothing_else(family: Family, name: str) -> None:
    for wrong in (
        [header for header in EVERYTHING if header[0] != name],
        [*EVERYTHING, (name, "/again")],
        [(header, "" if header == name else value) for header, value in EVERYTHING],
        [
            (header.replace(*("-", "_") if header == name else ("", "")), v)
            for header, v in EVERYTHING
        ],
    ):
        with pytest.raises(Unclear, match=name):
            original(family, "GET", "/suffix", headers_of(wrong))


@pytest.mark.parametrize(("family", "name"), NAMED)
def test_it_ignores_the_spelling_with_underscores(family: Family, name: str) -> None:
    headers = headers_of([*EVERYTHING, (name.replace("-", "_"), "DELETE")])
    assert original(family, "GET", "", headers) == ANSWERS[family][0]


def test_it_takes_envoys_bare_suffix_for_decoded() -> None:
    assert original(Family.ENVOY, "PUT", "/a b", {}) == Asked("PUT", "/a b", decoded=True)


def test_it_refuses_envoys_header_twice() -> None:
    with pytest.raises(Unclear):
        original(Family.ENVOY, "PUT", "/a", {"x-original-uri": ("/a", "/b")})


@pytest.mark.parametrize("family", Family)
@pytest.mark.parametrize(
    "name",
    ["x-http-method-override", "x-http-method", "x-method-override", "x_http_method_override"]
    + ["x-http_method-override", "x_http_method", "x_method_override"],
)
def test_it_sees_an_override_in_any_spelling(family: Family, name: str) -> None:
    assert original(family, "GET", "/a", headers_of([*EVERYTHING, (name, "")])).overridden


@pytest.mark.parametrize("family", Family)
def test_it_sees_that_another_protocol_is_asked_for(family: Family) -> None:
    name = "x-forwarded-upgrade" if family == Family.TRAEFIK else "upgrade"
    for values, seen in (["websocket"], True), (["", "h2c"], True), ([""], False), ([], False):
        headers = headers_of([*EVERYTHING, *((name, value) for value in values)])
        assert original(family, "GET", "/a", headers).upgrade is seen


@pytest.mark.parametrize("family", Family)
def test_it_takes_connect_for_such_a_request(family: Family) -> None:
    """A WebSocket in HTTP/2 begins so (RFC 8441)."""
    names = {"x-original-method", "x-forwarded-method"}
    said = [(name, "CONNECT" if name in names else value) for name, value in EVERYTHING]
    assert original(family, "CONNECT", "/a", headers_of(said)).upgrade


@pytest.mark.parametrize("family", Family)
def test_it_knows_no_address_that_the_gateway_did_not_name(family: Family) -> None:
    assert client_address(family, {}) is None
    assert client_address(family, {name: (" ",) for name, _ in EVERYTHING}) is None
