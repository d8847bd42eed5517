"""In a pattern "*" is any run of characters within one segment, and costs no time."""

import re
from fnmatch import translate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.roles import Role
from apikeys.gateway.policy import Asked, Policy
from tests.apikeys.gateway.policies import covered, refused


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/report-*", "/report-7"),
        ("/report-*", "/report-"),
        ("/report-*", "/report-7.json/x"),
        ("/report-*", "/REPORT-%37"),
        ("/*-users", "/all-users"),
        ("/*-users", "/-users"),
        ("/*-users", "/a-users-users.json"),
        ("/*-users", "/users-users-users/7"),
        ("/v*/users", "/v1/users"),
        ("/v*/users", "/v1.2/users:7"),
        ("/v*/users", "/v/users"),
        ("/users*", "/users"),
        ("/users*", "/users-archive"),
        ("/users*", "/users2/7"),
        ("/a*b*c", "/abc"),
        ("/a*b*c", "/a-bb-cc-c.x"),
        ("/a**c", "/abc"),
        ("/*", "/"),
        ("/*", "/x"),
        ("/*", "//"),
        ("/users/*", "/users/7/x"),
        ("/*/*/users", "/a/b/users"),
        ("/*%C3%A9*", "/caf%C3%A9s"),
    ],
)
def test_it_covers(pattern: str, path: str) -> None:
    assert covered(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/report-*", "/report"),
        ("/report-*", "/reports/7"),
        ("/report-*", "/x/report-7"),
        ("/*-users", "/users"),
        ("/*-users", "/all-usersx"),
        ("/*-users", "/all/-users"),
        ("/v*/users", "/v1/x/users"),
        ("/v*/users", "/v1/usersx"),
        ("/v*/users", "/users"),
        ("/users/*", "/users"),
        ("/users/*", "/users/"),
        ("/a*b*c", "/acb"),
        ("/a*b*c", "/ab/c"),
        ("/*/*/users", "/a/users"),
    ],
)
def test_it_does_not_cover(pattern: str, path: str) -> None:
    assert not refused(pattern, path)


GLOBS = st.text("ab.*", min_size=1, max_size=8)
NAMES = st.text("ab.-", min_size=1, max_size=12)


@example("a*ab", "aab")
@example("*a*", "b")
@example("*ab*ab", "abab-ab")
@given(GLOBS, NAMES)
def test_it_means_what_shells_mean(glob: str, name: str) -> None:
    """Here with what may continue a name, as backtracking finds it."""
    if not glob.strip(".") or not name.strip("."):
        return  # a dot segment
    cut = [name[:n] for n in range(len(name) + 1) if not re.match(r"[\w-]", name[n : n + 1])]
    expected = any(re.match(translate(glob), each) for each in cut)
    assert refused(f"/{glob}", f"/{name}") == expected


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("/a*a*a*a*a*a*a*a*b", "a"), ("/*a*b*a*b*a*b*c", "ab"), ("/***************b", "a")]
    + [("/*a/*a/*a/*a/b", "a/"), ("/*/*/*/*/*/*/*/*/b", "/a"), ("/*aaaaaaaaab*aaaaaaaaac", "a")],
)
def test_no_path_takes_long(pattern: str, name: str) -> None:
    """One that goes back over what it has tried would not end before the tests do."""
    path = "/" + name * 30_000
    assert Policy([pattern] * 20).refusal(Role.GL, Asked("GET", path)) is None


@pytest.mark.parametrize("pattern", ["/%2A", "/users%2a"])
def test_an_encoded_star_is_unclear(pattern: str) -> None:
    with pytest.raises(ValueError, match="encoded"):
        Policy([pattern])
