"""Which paths a pattern of GATEWAY_USER_DATA_PATHS covers."""

import pytest

from accounts.roles import Role
from apikeys.gateway.policy import Asked, Policy

USERS, CONTACTS = "/users", "/customers/*/contacts"


def covered(pattern: str, target: str) -> bool:
    refusal = Policy([pattern]).refusal(Role.GL, Asked("GET", target))
    return refusal is not None and "holds data about users" in refusal.reason


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
    ["", "/", "//", "users", " /users", "/a//b", "/a/../b", "/a%2fb", "/a;b", "/a?b", "/é"],
)
def test_it_takes_no_pattern_that_a_clean_path_never_matches(pattern: str) -> None:
    with pytest.raises(ValueError, match=".*"):
        Policy([pattern])
