"""Nobody can tell the API who they are, or the check what they ask for, through any gateway."""

from itertools import product

from apikeys.gateway.original import Family
from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.raw_http import Caller, ask
from tests.apikeys.gateway.real_gateways import DoubtfulGateway, Gateway
from tests.apikeys.gateway.recording_server import Received, answer

IDENTITY = ("X-Client-Id", "X-Tenant-Id", "X-Key-Role")
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
PATH_OVERRIDES = ("X-Original-URI", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri")
METHOD_TALES = ("X-Original-Method", "X-Forwarded-Method")
REFUSALS = ("X-Auth-Error", "X-Auth-Problem")
WHEREABOUTS = (
    "Forwarded",
    "X-Forwarded-Host",
    "X-Forwarded-Path",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Real-IP",
)
ALIASES = "-_.!#$%&'*+^`|~"
"""All but letters and digits that a header's name may hold (RFC 9110, 5.6.2)."""


def spellings(name: str) -> list[str]:
    """Give names that some software takes for `name`."""
    whole = [name, name.lower(), name.upper(), name.title()]
    parts = name.split("-")
    joined = [name.replace("-", sign) for sign in ALIASES]
    for signs in product("-_", repeat=len(parts) - 1):
        joined.append("".join(a + b for a, b in zip(parts, [*signs, ""], strict=True)))
    return sorted({*whole, *joined, *(each.lower() for each in joined)})


def forged(request: Received, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """List what an API could take for one of `names`, with its value."""
    return [(name, value) for name in names for value in request.values(name)]


def test_nobody_can_say_who_they_are(gateway: Gateway, payroll: CreatedKey) -> None:
    for spelled in zip(*(spellings(name) for name in IDENTITY), strict=True):
        claims = [(name, "admin") for name in spelled] * 2
        for headers in ([("api-key", payroll.secret.text), *claims], [*claims, shown(payroll)]):
            status = ask(gateway.port, "GET", "/orders", headers).status
            for request in gateway.upstream.taken():
                assert status == 200
                assert request.values("X-Client-Id") == [payroll.key.client_id], spelled
                assert len(request.values("X-Tenant-Id")) == 1, spelled
                assert request.values("X-Key-Role") == ["viewer"], spelled
        assert status in {200, 400}, spelled


def shown(key: CreatedKey) -> tuple[str, str]:
    """The header that presents a key."""
    return "api-key", key.secret.text


def test_identity_without_a_key_is_nothing(gateway: Gateway) -> None:
    claims = [(name, "admin") for name in IDENTITY]
    assert ask(gateway.port, "GET", "/orders", claims).status == 401
    assert gateway.upstream.taken() == []


def test_a_check_that_names_nobody_leaves_nobodys_name(doubtful_gateway: DoubtfulGateway) -> None:
    claims = [(name, "admin") for name in IDENTITY]
    assert ask(doubtful_gateway.port, "GET", "/orders", claims).status == 200
    [request] = doubtful_gateway.upstream.taken()
    assert forged(request, IDENTITY) == []


def test_an_open_path_takes_no_identity_and_hands_on_no_secret(
    doubtful_gateway: DoubtfulGateway,
) -> None:
    """A path that asks for no key behaves as the rest does in all that concerns them."""
    for spelled in zip(*(spellings(name) for name in IDENTITY), strict=True):
        headers = [(name, "admin") for name in spelled]
        headers += [("api-key", "s3cret"), ("Authorization", "Bearer s3cret")]
        headers += [("X-API-Key", "s3cret"), ("X-HTTP-Method-Override", "DELETE")]
        assert ask(doubtful_gateway.port, "GET", "/open/door", headers).status in {200, 400}
        for request in doubtful_gateway.upstream.taken():
            assert forged(request, (*IDENTITY, *OVERRIDES)) == [], spelled
            assert "s3cret" not in repr(request)
    assert doubtful_gateway.check.taken() == []
    assert ask(doubtful_gateway.port, "GET", "/open/door").status == 200


def test_nobody_can_take_away_who_they_are(gateway: Gateway, payroll: CreatedKey) -> None:
    """Headers named in Connection end at the next program (RFC 9110, 7.6.1)."""
    for listed in ("close, X-Client-Id, X-Tenant-Id, X-Key-Role", "x-client-id", "X-Key-Role"):
        ask(gateway.port, "GET", "/orders", [shown(payroll), ("Connection", listed)])
        for request in gateway.upstream.taken():
            assert request.values("X-Client-Id") == [payroll.key.client_id], listed
            assert request.values("X-Key-Role") == ["viewer"], listed


def test_the_decision_is_about_the_true_method(gateway: Gateway, payroll: CreatedKey) -> None:
    for name in METHOD_TALES:
        for spelled in spellings(name):
            for values in (["GET"], ["GET", "GET"], ["", "GET"]):
                tales = [(spelled, value) for value in values]
                answered = ask(gateway.port, "POST", "/orders", [shown(payroll), *tales], b"")
                assert answered.status in {400, 403}, tales
    assert gateway.upstream.taken() == []


def test_the_decision_is_about_the_true_path(gateway: Gateway, gl_key: CreatedKey) -> None:
    for name in PATH_OVERRIDES:
        for spelled in spellings(name):
            tale = (spelled, "/public")
            answered = ask(gateway.port, "GET", "/users/1", [shown(gl_key), tale])
            assert answered.status in {400, 403}, tale
    assert gateway.upstream.taken() == []


def test_no_path_and_no_method_arrives_beside_the_judged(
    gateway: Gateway, gl_key: CreatedKey
) -> None:
    """Some frameworks take these for the request's own."""
    for name in (*PATH_OVERRIDES, *METHOD_TALES):
        for spelled in spellings(name):
            ask(gateway.port, "GET", "/orders", [shown(gl_key), (spelled, "/users/1")])
            for request in gateway.upstream.taken():
                assert "/users/1" not in repr(request), spelled


def test_no_client_says_where_it_came_from_or_what_was_refused(
    gateway: Gateway, gl_key: CreatedKey
) -> None:
    """Frameworks make addresses of the first, and an API may log or hand on the others."""
    for name in (*WHEREABOUTS, *REFUSALS):
        for spelled in spellings(name):
            for key in ([shown(gl_key)], []):
                answered = ask(gateway.port, "GET", "/orders", [*key, (spelled, "forged")])
                assert "forged" not in repr(answered), spelled
                assert "forged" not in repr(gateway.upstream.taken()), spelled


def test_no_client_says_so_on_an_open_path(doubtful_gateway: DoubtfulGateway) -> None:
    claims = [(name, "forged") for name in (*WHEREABOUTS, *REFUSALS)]
    assert ask(doubtful_gateway.port, "GET", "/open/door", claims).status == 200
    assert "forged" not in repr(doubtful_gateway.upstream.taken())


def test_no_other_method_arrives_beside_the_judged(
    gateway: Gateway, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    for name in OVERRIDES:
        for spelled in spellings(name):
            for values in (["DELETE"], ["", "DELETE"], ["GET", "DELETE"]):
                tales = [(spelled, value) for value in values]
                for key in (payroll, admin_key):
                    ask(gateway.port, "GET", "/orders", [shown(key), *tales])
                for request in gateway.upstream.taken():
                    assert forged(request, OVERRIDES) == [], tales


def test_a_viewers_override_counts_as_a_write(gateway: Gateway, payroll: CreatedKey) -> None:
    for name in OVERRIDES:
        override = (name, "DELETE")
        assert ask(gateway.port, "GET", "/orders", [shown(payroll), override]).status == 403


def test_the_check_is_told_no_more_than_it_needs(doubtful_gateway: DoubtfulGateway) -> None:
    """No body, and of the client's headers none that the gateway's file does not list."""
    body = b"0123456789abcdef" * 65536
    chunked = b"400\r\n" + b"x" * 0x400 + b"\r\n0\r\n\r\n"
    tell = [("Cookie", "session=1"), ("api-key", "k")]
    assert ask(doubtful_gateway.port, "POST", "/orders", tell, body).status == 200
    with Caller(doubtful_gateway.port) as caller:
        head = (
            "POST /orders HTTP/1.1\r\nHost: a\r\napi-key: k\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        assert caller.send(head.encode() + chunked, "POST").status == 200
        assert caller.ask("GET", "/orders", tell).status == 200
    for check in doubtful_gateway.check.taken():
        assert check.body == b""
        assert check.values("Transfer-Encoding") == []
        assert check.values("Content-Length") in ([], ["0"])
        # Caddy cannot choose; the unit reads no others.
        assert doubtful_gateway.family == Family.CADDY or not check.values("Cookie")
    bodies = [request.body for request in doubtful_gateway.upstream.taken()]
    assert bodies == [body, b"x" * 0x400, b""]


def test_the_gateways_own_headers_replace_the_clients(
    doubtful_gateway: DoubtfulGateway,
) -> None:
    """A check's headers that the file does not list stay behind."""
    doubtful_gateway.check.answering = lambda _: answer(
        200, {"X-Client-Id": "dev_1", "X-Tenant-Id": "t", "X-Key-Role": "GL", "X-Else": "no"}
    )
    claims = [("x-client-id", "forged"), ("X-CLIENT-ID", "forged"), ("X-Key-Role", "admin")]
    assert ask(doubtful_gateway.port, "GET", "/orders", claims).status == 200
    [request] = doubtful_gateway.upstream.taken()
    assert forged(request, IDENTITY) == [
        ("X-Client-Id", "dev_1"),
        ("X-Tenant-Id", "t"),
        ("X-Key-Role", "GL"),
    ]
    assert request.values("X-Else") == []
