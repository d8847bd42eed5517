"""A pattern covers what continues its segments with a sign; a longer name is another name."""

import string

import pytest

from accounts.roles import Role
from apikeys.gateway.policy import Asked, Policy
from tests.apikeys.gateway.policies import covered, refused

USERS, CONTACTS = "/users", "/customers/*/contacts"
SIGNS = sorted(set(string.printable) - set(string.ascii_letters + string.digits + "-_/"))
"""What of ASCII may not stand in a longer name."""
LONGER = ["-archive", "_old", "2", "x", "X", "-", "_", "-1.json", "%2Darchive", "%5Fold", "%78"]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("rest", ["", "json", "1", "/7"])
@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.GL])
def test_no_sign_opens_a_pattern(role: Role, sign: str, rest: str, encoded: bool) -> None:
    spelled = f"%{ord(sign):02X}" if encoded else sign
    assert refused(USERS, f"/users{spelled}{rest}", role)


@pytest.mark.parametrize(
    "rest",
    ["", "/", "/7", ".json", ".", "(1)", "(1)/name", ":1", ":search", "~1", "@x", "+x", ",1", "!x"]
    + ["$count", "'x'", "=1", "&x", "*", "%20", "%20/7", "%2Ejson", "::$DATA"]
    + ["%C3%A9", ".json/7", ".d/7/x"],
)
def test_it_covers_what_continues_its_last_segment(rest: str) -> None:
    assert covered(USERS, f"/users{rest}")


@pytest.mark.parametrize("rest", LONGER)
def test_it_does_not_cover_a_longer_name(rest: str) -> None:
    assert not refused(USERS, f"/users{rest}")


@pytest.mark.parametrize(
    "path",
    ["/customers/7/contacts.json", "/customers/7/contacts:9", "/customers.json/7/contacts"]
    + ["/customers,v=1/7/contacts", "/customers(7)/8/contacts.xml", "/customers/7.json/contacts"],
)
def test_it_covers_what_continues_any_of_its_segments(path: str) -> None:
    assert covered(CONTACTS, path)


@pytest.mark.parametrize(
    "path",
    ["/customers-old/7/contacts", "/customers2/7/contacts", "/customers/7/contacts-old"]
    + ["/customers/7/contactsx", "/customers(7)/contacts", "/customers.json/contacts"],
)
def test_it_covers_no_longer_name_in_any_segment(path: str) -> None:
    assert not refused(CONTACTS, path)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/users.json", "/users.json", True),
        ("/users.json", "/users.json.gz", True),
        ("/users.json", "/users", False),
        ("/users.json", "/users.jsonx", False),
        ("/users.json", "/usersxjson", False),
        ("/users:search", "/users:search", True),
        ("/users:search", "/users:search/7", True),
        ("/users:search", "/users%3Asearch?all=1", True),
        ("/users:search", "/users:count", False),
        ("/users.", "/users.", True),
        ("/users.", "/users.json", False),
        ("/a+b(c)$^|{1}[x]", "/a+b(c)$^|{1}[x]", True),
        ("/a+b(c)$^|{1}[x]", "/aab(c)$^|{1}[x]", False),
        ("/users/", "/users.json", True),
        ("/users%2Cold", "/users,old", True),
    ],
)
def test_signs_in_a_pattern_are_signs(pattern: str, path: str, expected: bool) -> None:
    assert refused(pattern, path) == expected


@pytest.mark.parametrize("path", ["/custom~1/7/contacts", "/CUSTOM~2", "/x/CU1A2B~1/y", "/c%7E1"])
def test_it_refuses_the_short_names_of_windows(path: str) -> None:
    """There any path can have another name, such as CUSTOM~1 for customers."""
    refusal = Policy([CONTACTS]).refusal(Role.GL, Asked("GET", path))
    assert refusal is not None
    assert "more than one way" in refusal.reason


@pytest.mark.parametrize("path", ["/~1", "/~alice", "/names/a~b", "/longer-than-six~1"])
def test_other_tildes_stay_open(path: str) -> None:
    assert not refused(CONTACTS, path)
