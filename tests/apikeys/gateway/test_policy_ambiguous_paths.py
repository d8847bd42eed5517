"""A path that upstreams could read in two ways is refused where patterns depend on it."""

import re
from unicodedata import category, normalize
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.roles import Role
from apikeys.gateway.policy import Asked, Policy

POLICY = Policy(["/users", "/customers/*/contacts"])
AMBIGUOUS = {
    "encoded slash": "/public%2Fusers",
    "encoded slash, lower case": "/public%2fusers",
    "slash encoded twice": "/public%252fusers",
    "encoded backslash": "/public%5Cusers",
    "encoded backslash, lower case": "/public%5cusers",
    "backslash": "/public\\users",
    "dot segment": "/public/../users",
    "dot segment at the end": "/public/..",
    "single dot": "/./users",
    "encoded dots": "/public/%2e%2E/users",
    "half encoded dots": "/public/.%2e/users",
    "dots encoded twice": "/public/%252e%252e/users",
    "dots and a space": "/public/..%20/users",
    "a space alone": "/public/%20/users",
    "path parameter": "/public/..;/users",
    "semicolon": "/users;v=1",
    "encoded semicolon": "/users%3Bv=1",
    "NUL": "/users%00",
    "line feed": "/public%0a/users",
    "DEL": "/public%7f",
    "encoded percent sign": "/public%25",
    "half an encoding": "/public%2",
    "no encoding": "/public%zz",
    "encoded question mark": "/users%3Fa",
    "fragment": "/public#/../users",
    "encoded fragment": "/public%23",
    "invalid UTF-8": "/public/%ff",
    "overlong slash": "/public%c0%afusers",
    "overlong dot": "/public/%c0%ae%c0%ae/users",
    "surrogate": "/public/%ed%a0%80",
    "not ASCII": "/públic",
    "three dots": "/public/.../users",
    "dots apart": "/public/.%20./users",
    "a sign that shows nothing": "/us%E2%80%8Bers",
    "a slash of full width": "/public%EF%BC%8Fusers",
    "two dots in one sign": "/public/%E2%80%A5/users",
    "a short name of Windows": "/CUSTOM~1/7/contacts",
    "absolute": "http://api.example.com/payments",
    "no slash": "payments",
    "asterisk": "*",
    "nothing": "",
}


@pytest.mark.parametrize("target", AMBIGUOUS.values(), ids=AMBIGUOUS)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.GL])
def test_it_refuses_what_can_be_read_in_two_ways(role: Role, target: str) -> None:
    refusal = POLICY.refusal(role, Asked("GET", target))
    assert refusal is not None
    assert "more than one way" in refusal.reason


@pytest.mark.parametrize("role", [Role.VIEWER, Role.GL])
def test_it_refuses_what_somebody_has_decoded(role: Role) -> None:
    assert POLICY.refusal(role, Asked("GET", "/payments", decoded=True)) is not None


@pytest.mark.parametrize("target", AMBIGUOUS.values(), ids=AMBIGUOUS)
@pytest.mark.parametrize("role", Role)
def test_it_has_nothing_to_guess_without_patterns(role: Role, target: str) -> None:
    assert Policy([]).refusal(role, Asked("GET", target)) is None
    assert Policy([]).refusal(role, Asked("GET", target, decoded=True)) is None


@pytest.mark.parametrize("target", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_it_refuses_admins_no_path(target: str) -> None:
    assert POLICY.refusal(Role.ADMIN, Asked("DELETE", target, decoded=True)) is None


def seen(path: str) -> str:
    """The path without what shows nothing, and with plain letters and signs for their likes."""
    return "".join(each for each in normalize("NFKC", path) if category(each) not in {"Cf", "Mn"})


def is_called(name: str, *found: str) -> bool:
    """Whether a name of the path is this one, with or without a format, a number or the like."""
    return any(re.match(rf"{name}(?![\w-])", each, re.ASCII) for each in found)


def inside_user_data(path: str) -> bool:
    """Whether an upstream that reads this decoded path could serve users' data; on its own terms.

    Dot segments are resolved, backslashes are slashes, parameters are dropped.
    """
    found: list[str] = []
    for part in path.replace("\\", "/").split("?")[0].split("#")[0].casefold().split("/"):
        name = part.split(";")[0].split("\0")[0].strip()
        if name == "..":
            found = found[:-1]
        elif name not in {"", "."}:
            found.append(name)
    of_customer = is_called("customers", *found[:1]) and is_called("contacts", *found[2:3])
    return is_called("users", *found[:1]) or of_customer


def decodings(target: str) -> list[str]:
    """The path as it came, decoded once and decoded twice, each as written and as seen."""
    path = target.partition("?")[0]
    once = unquote_to_bytes(path)
    texts = [
        text.decode("utf-8", "replace") for text in (path.encode(), once, unquote_to_bytes(once))
    ]
    return [*texts, *map(seen, texts)]


PIECES = st.sampled_from(
    ["/", "//", "users", "Users", "customers", "7", "contacts", "public", ".", "..", ";", "\\"]
    + ["%2f", "%2F", "%5c", "%2e", "%252e", "%252f", "%00", "%20", "%75", "%25", "%", "%c0%af", "#"]
    + ["?", "%3f", "%3b", "%ff", "%C3%A9", "é", "*", ".json", "(7)", ":", "~1", "@", "-old", "2"]
    + ["%EF%BD%95sers", "us%E2%80%8Bers", "%EF%BC%8F", "%EF%BC%8E%EF%BC%8E", "%CC%81", "%C2%A5"]
)
SPELLED = st.lists(PIECES, max_size=9).map(lambda pieces: "/" + "".join(pieces))
ENCODED = st.text("/users.%", max_size=9).map(lambda text: "/users"[:1] + quote(text, safe="/."))


@example("/public/../users")
@example("/%2575sers")
@example("/users.json")
@example("/customers(7)/7/contacts:9")
@example("/us%E2%80%8Bers/7")
@example("/public%EF%BC%8F..%EF%BC%8Fusers")
@given(SPELLED | ENCODED)
def test_it_lets_no_spelling_into_user_data(target: str) -> None:
    if any(inside_user_data(path) for path in decodings(target)):
        for role in (Role.VIEWER, Role.GL):
            assert POLICY.refusal(role, Asked("GET", target)) is not None
