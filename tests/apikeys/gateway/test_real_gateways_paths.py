"""No spelling of a path brings a GL's key to user data, however the API may read it."""

import posixpath
import re
from itertools import product
from unicodedata import category, normalize
from urllib.parse import unquote

import pytest

from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.raw_http import Caller, ask
from tests.apikeys.gateway.real_gateways import DoubtfulGateway, Gateway
from tests.apikeys.gateway.recording_server import answer

# What stands for served_gateway.USER_DATA_PATHS once a path is tidied.
_END = "(?![0-9A-Za-z_-])"
USER_DATA = re.compile(
    rf"^/users{_END}|^/customers{_END}[^/]*/[^/]+/contacts{_END}|^/v[^/]*/[^/]*-report{_END}",
    re.IGNORECASE,
)

TRICKS = (
    "/users%2f1",
    "/users%2F1",
    "/users%252f1",
    "/x/../users/1",
    "/x/..%2fusers/1",
    "/x/%2e%2e/users/1",
    "/x/%252e%252e/users/1",
    "/x/.%2e/users/1",
    "/./users/1",
    "/%2e/users/1",
    "//users/1",
    "///users///1",
    "/USERS/1",
    "/Users",
    "/users;x=1/2",
    "/;x/users/1",
    "/users%3bx=1/2",
    "/x/..;/users/1",
    "/users%00",
    "/users%00/1",
    "/users%20/1",
    "/users%09/1",
    "/users%0a",
    "/users%0d%0aX-Key-Role:%20admin",
    "/%75sers/1",
    "/%2575sers/1",
    "/u%73ers/1?page=1",
    "/users?x=/../orders",
    "/users#/../orders",
    "/orders#/../users/1",
    "/orders%23/../users/1",
    "/orders%3f/../../users/1",
    "\\users\\1",
    "/\\users\\1",
    "/x\\..\\users\\1",
    "/%5cusers/1",
    "/x/..%5cusers/1",
    "/users\\1",
    "/us\xe9rs/../users/1",
    "/%c0%afusers/1",
    "/x/%c0%ae%c0%ae/users/1",
    "/%ff/../users/1",
    "/u%C5%BFers",  # a long s, which is an s in upper case
    "/customers/a%2fb/contacts",
    "/customers/a/contacts",
    "/customers/a/./contacts",
    "/customers//a/contacts",
    "/customers/a/b/../contacts",
    "/customers/%2e%2e/customers/a/contacts",
    "/customers/a;b/contacts",
    "/customers/a/Contacts/7",
    "/users.json",
    "/users.",
    "/users.json/1",
    "/users(1)",
    "/users(1)/name",
    "/users:1",
    "/users:search?q=a",
    "/users~1",
    "/users@x",
    "/users+x",
    "/users,1",
    "/users!x",
    "/users$count",
    "/users'1'",
    "/users=1",
    "/users&x",
    "/users*",
    "/users%20",
    "/users%2Ejson",
    "/users%3A1",
    "/users::$DATA",
    "/users%C3%A9",
    "/Users.JSON",
    "/%EF%BD%95sers/1",  # of full width
    "/us%E2%80%8Bers",  # with a sign that shows nothing
    "/x%EF%BC%8F..%EF%BC%8F..%EF%BC%8Fusers",  # slashes of full width
    "/x/.../users",
    "/customers.json/a/contacts",
    "/customers/a/contacts.json",
    "/customers/a/contacts:1",
    "/v1/monthly-report",
    "/v1.2/-report",
    "/v/a-report.pdf",
    "/V2/A-REPORT(7)/x",
    "http://api.example.com/users/1",
    "http://api.example.com//users/1",
    "HTTP://elsewhere.example.com/x/../users/1",
    "http:/users/1",
    "x:users/1",
    "users/1",
    "*",
    "",
)


WAYS_OUT = (
    "/open/../orders",
    "/open/%2e%2e/orders",
    "/open/.%2E/orders",
    "/open/..%2forders",
    "/open/%2e%2e%2forders",
    "/open/x/../../orders",
    "/open//../../orders",
    "/open/..//orders",
    "/open/..\\orders",
    "/open/..%5corders",
    "/open/..;/orders",
    "/open/..;x=/orders",
    "/open/..%3b/orders",
    "/open/%252e%252e/orders",
    "/open/..%252forders",
    "http://api.example.com/open/../orders",
    "/orders?/open/",
    "/orders#/open/",
)
WAYS_IN = (
    "/users/1/../../open/x",
    "/users/1/%2e%2e/%2e%2e/open/x",
    "/users/1/.%2E/.%2e/open/x",
    "/users/1/..%2f..%2fopen/x",
    "/users/1/..%2F..%2Fopen/x?y=1",
    "/users/1/%2e%2e%2f%2e%2e%2fopen/x",
    "/users/1;/../../open/x",
    "/users/1/;/../../../open/x",
    "/users/1/..%5c..%5copen/x",
    "/users\\1\\..\\..\\open\\x",
    "/users/1%00/../../open/x",
    "/users/1?/../../open/x",
    "/users/1#/../../open/x",
    "//open/x",
    "//users/../open/x",
    "/./open/x",
    "/%6fpen/x",
    "/open%2fx",
    "http://api.example.com/users/../open/x",
    "/open/users/../x",
    "/open/./x",
    "/open//x",
    "/open/%2e%2e%2fopen/x",
    "/open/..%2fopen/x",
    "/open/x%2f..",
    "/open/x;y",
    "/open/x%3by",
    "/open/x\\y",
    "/open/x%5cy",
    "/open/x%00",
    "/open/x#/../users",
)
"""Some or all of what reads these makes a path below /open/ of them."""
PLAINLY_OPEN = re.compile(r"/open/([\w-]+[./])*[\w-]*(\?.*)?", re.ASCII)
OVERLONG = {"\xc0\xaf": "/", "\xc0\xae": "."}
"""UTF-8 of two bytes for one, which old decoders take."""


def readings(target: str) -> set[str]:
    """Give the paths that software may take a target for."""
    found = set()
    rest = re.sub(r"(?i)^[a-z]+:(//[^/]*)?", "", target)
    for cut, times, charset in product((r"\?", r"[?#]", None), range(3), ("latin-1", "utf-8")):
        path = re.split(cut, rest, maxsplit=1)[0] if cut else rest
        for _ in range(times):
            path = unquote(path, charset)
        for old, new in OVERLONG.items():
            path = path.replace(old, new)
        plain = "".join(each for each in normalize("NFKC", path) if category(each) != "Cf")
        upwards = re.sub(r"/\.{3,}(?=/|$)", "/../..", path)  # as old Windows had it
        for text in (path, path.replace("\\", "/"), re.sub(r";[^/]*", "", path), plain, upwards):
            # Up to NUL or the end of the line; and without the space that some trim.
            line = re.split(r"[\0\r\n]", text, maxsplit=1)[0]
            line = re.sub(r"\s+(?=/|$)", "", line)
            found.add(re.sub("/+", "/", posixpath.normpath(f"/{line}")))
    return found


def test_the_readings_see_through_each_trick() -> None:
    """A guard for the next test, which could not fail otherwise."""
    seen = {trick for trick in TRICKS if any(map(USER_DATA.search, readings(trick)))}
    assert set(TRICKS) - seen == {"*", ""}
    assert not any(map(USER_DATA.search, readings("/orders/users?x=/users")))


def test_a_gl_reaches_no_user_data_by_any_spelling(gateway: Gateway, gl_key: CreatedKey) -> None:
    reached = {}
    for trick in TRICKS:
        with Caller(gateway.port) as caller:
            answered = caller.ask("GET", trick, [("api-key", gl_key.secret.text)])
        for request in gateway.upstream.taken():
            if any(map(USER_DATA.search, readings(request.target))):
                reached[trick] = (request.target, answered.status)
        assert answered.status < 500, (trick, answered)
    assert reached == {}


def test_clean_paths_beside_user_data_stay_open(gateway: Gateway, gl_key: CreatedKey) -> None:
    for path in (
        *("/user", "/usersx", "/users-archive", "/users_old", "/users2", "/orders/users"),
        *("/customers/1", "/customers/1/contacts-old", "/caf%C3%A9?q=%2Fusers", "/file.json"),
        *("/v1/reports", "/v1/a-reports", "/v1/x/a-report", "/a-report"),
    ):
        with Caller(gateway.port) as caller:
            answered = caller.ask("GET", path, [("api-key", gl_key.secret.text)])
        assert answered.status == 200, path
        [request] = gateway.upstream.taken()
        assert request.target == path


def test_an_admin_reaches_what_the_gateway_lets_through(
    gateway: Gateway, admin_key: CreatedKey
) -> None:
    """What the check was told is what the API gets: an admin's request shows both the same."""
    for path in ("/users/1", "/customers/a/contacts", "/USERS/1", "/users.json", "/v1/a-report"):
        with Caller(gateway.port) as caller:
            answered = caller.ask("GET", path, [("api-key", admin_key.secret.text)])
        assert answered.status == 200, path
        assert [request.target for request in gateway.upstream.taken()] == [path]


def test_an_open_path_leads_nowhere_else(doubtful_gateway: DoubtfulGateway) -> None:
    doubtful_gateway.check.answering = lambda _: answer(401)
    reached = {}
    for trick in WAYS_OUT:
        answered = ask(doubtful_gateway.port, "GET", trick)
        for request in doubtful_gateway.upstream.taken():
            if any(not reading.startswith("/open") for reading in readings(request.target)):
                reached[trick] = (request.target, answered.status)
    assert reached == {}


@pytest.mark.parametrize("trick", WAYS_IN)
def test_only_a_path_that_is_open_as_it_stands_is_open(
    doubtful_gateway: DoubtfulGateway, trick: str
) -> None:
    """An API may route by the path that it gets, without resolving or decoding anything."""
    doubtful_gateway.check.answering = lambda _: answer(401)
    answered = ask(doubtful_gateway.port, "GET", trick)
    reached = [request.target for request in doubtful_gateway.upstream.taken()]
    assert all(map(PLAINLY_OPEN.fullmatch, reached)), reached
    assert answered.status in ({200} if reached else {400, 401})


def test_an_open_path_passes_as_it_stands(doubtful_gateway: DoubtfulGateway) -> None:
    doubtful_gateway.check.answering = lambda _: answer(401)
    for path in ("/open/", "/open/x", "/open/x/", "/open/v1.2/a-b_c.json?next=/../users"):
        assert ask(doubtful_gateway.port, "GET", path).status == 200, path
        assert [request.target for request in doubtful_gateway.upstream.taken()] == [path]
    assert doubtful_gateway.check.taken() == []
