"""Which paths a pattern of GATEWAY_USER_DATA_PATHS covers."""

import pytest

from accounts.roles import Role
from apikeys.gateway.policy import Asked, Policy
from tests.apikeys.gateway.policies import covered

USERS, CONTACTS = "/users", "/customers/*/contacts"


@pytest.mark.parametrize(
    ("pattern", "target"),
    [
        (USERS, "/users"),
        (USERS, "/users/"),
        (USERS, "/users//"),
        (USERS, "//users"),
        (USERS, "/users/7/address"),
        (USERS, "/users?all=1"),
        (USERS, "/users/?next=/payments"),
        (USERS, "/USERS/7"),
        (USERS, "/u%73ers"),
        (USERS, "/%55sers"),
        (USERS, "/users%20"),
        (USERS, "/u%C5%BFers"),  # the long s, which is an s in lower case
        (USERS, "//host/users"),  # for who takes what follows two slashes for a host
        ("/users/", "/users"),
        ("/Users", "/users"),
        ("/caf%C3%A9", "/caf%c3%a9/7"),
        (CONTACTS, "/customers/7/contacts"),
        (CONTACTS, "/customers/7/contacts/9"),
        (CONTACTS, "//customers//7//contacts"),
        (CONTACTS, "/customers//contacts"),  # for who does not merge slashes
        (CONTACTS, "/customers/*/contacts"),
    ],
)
def test_it_covers(pattern: str, target: str) -> None:
    assert covered(pattern, target)


@pytest.mark.parametrize(
    ("pattern", "target"),
    [
        (USERS, "/"),
        (USERS, "/user"),
        (USERS, "/users2"),
        (USERS, "/payments/users"),
        (USERS, "/payments//users"),
        (USERS, "/payments?path=/users"),
        (CONTACTS, "/customers"),
        (CONTACTS, "/customers/7"),
        (CONTACTS, "/customers/7/"),
        (CONTACTS, "/customers/7/8/contacts"),
    ],
)
def test_it_does_not_cover(pattern: str, target: str) -> None:
    assert Policy([pattern]).refusal(Role.VIEWER, Asked("GET", target)) is None


@pytest.mark.parametrize(
    "pattern",
    ["", "/", "//", "users", " /users", "/a//b", "/a/../b", "/a/...", "/a%2fb", "/a;b", "/a?b"]
    + ["/users//", "//users", "/a%00", "/a%25b", "/a%zz", "/a b%80", "/a%20/%20", "/a#b", "/a\\b"]
    + ["/us%E2%80%8Bers", "/%EF%BC%8F", "/%CC%81", "/%2a", "/é"],
)
def test_it_takes_no_pattern_that_a_clean_path_never_matches(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"^A path begins with .* one of these\.$"):
        Policy([pattern])


@pytest.mark.parametrize("pattern", ["/users", "/Users/", "/a.b:c", "/*", "/v*/*-x*", "/a%20b"])
def test_it_takes_the_others(pattern: str) -> None:
    Policy([pattern])
