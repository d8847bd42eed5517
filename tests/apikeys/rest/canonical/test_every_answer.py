"""What holds for every answer below /v1/, good or bad."""

import pytest
from django.test import Client, RequestFactory, override_settings

from accounts.errors import (
    AlreadyOpened,
    EmailChangeGone,
    InvitationGone,
    LastAdmin,
    OwnAccountRefused,
    Refused,
)
from accounts.models import User
from apikeys.codes import Code
from apikeys.errors import (
    AccessNotEnabled,
    AccessStateRefused,
    AlreadyCreated,
    StoppedByOperator,
)
from apikeys.models import AccessState
from apikeys.rest.problems import problem_of
from apikeys.services.keys import CreatedKey
from portal.errors import server_error
from tests.apikeys.rest.canonical.calls import (
    BUSINESS_UNIT,
    CREATE,
    KEYS,
    SELF,
    address,
    calling,
    post,
    problem,
)
from tests.factories import signed_in

ANSWERS = [
    ("GET", KEYS, 200),
    ("GET", SELF, 200),
    ("GET", f"{KEYS}/dev_0123456789ABCDEFGHIJ", 404),
    ("GET", f"{KEYS}?nothing=1", 422),
    ("GET", "/v1/nowhere", 404),
    ("PATCH", KEYS, 405),
    ("DELETE", KEYS, 405),
    ("POST", KEYS, 403),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_it_is_not_stored_sets_no_cookie_and_names_the_request(
    viewer: Client, method: str, path: str, status: int
) -> None:
    response = viewer.generic(method, path)
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert response["X-Request-Id"]


def test_it_does_not_take_the_callers_request_id_for_its_own(viewer: Client) -> None:
    for path in ("/v1/nowhere", SELF):
        answers = [viewer.get(path, headers={"X-Request-Id": "abc-12345"}) for _ in range(2)]
        assert len({answer["X-Request-Id"] for answer in answers} - {"abc-12345"}) == 2
    assert problem(viewer.get("/v1/nowhere"), 404, "not_found")["request_id"] != "abc-12345"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (KEYS, "GET, POST, HEAD"),
        (f"{KEYS}/dev_0123456789ABCDEFGHIJ", "GET, PATCH, DELETE, HEAD"),
        (f"{KEYS}/dev_0123456789ABCDEFGHIJ/role", "PUT"),
        (SELF, "GET, HEAD"),
        (BUSINESS_UNIT, "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND", "BREW"])
def test_it_names_the_methods_it_takes(method: str, path: str, allowed: str) -> None:
    response = Client().generic(method, path)
    problem(response, 405, "method_not_allowed")
    assert response["Allow"] == allowed


def test_it_overrides_no_method(viewer: Client, payroll: CreatedKey) -> None:
    headers = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE"}
    assert viewer.get(address(payroll), headers=headers).json()["status"] == "active"


@pytest.mark.parametrize(
    "path", [f"{KEYS}/", "/v1/", "/v1/api-key", f"{SELF}/x", "/v1//api-key/self"]
)
@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_address_is_a_problem_and_no_redirect(path: str, *, debug: bool) -> None:
    with override_settings(DEBUG=debug):
        problem(Client().get(path), 404, "not_found")


def test_a_signed_in_person_is_nobody_here(alice: User) -> None:
    problem(signed_in(alice).get(KEYS), 401, "credential_missing")


def test_it_needs_no_csrf_token(admin_key: CreatedKey) -> None:
    client = Client(enforce_csrf_checks=True, headers={"api-key": admin_key.secret.text})
    assert post(client, CREATE).status_code == 201


def test_a_request_for_another_host_is_a_problem(payroll: CreatedKey) -> None:
    response = calling(payroll).get(SELF, headers={"Host": "evil.example"})
    problem(response, 400, "validation_failed")
    assert response["Cache-Control"] == "no-store"


def test_a_broken_portal_says_so_as_a_problem() -> None:
    response = server_error(RequestFactory().get(SELF))
    assert (response.status_code, response["Cache-Control"]) == (500, "no-store")
    assert response["Content-Type"] == "application/problem+json"


def refusals(base: type[Refused] = Refused) -> list[type[Refused]]:
    """Every kind of refusal that a verb can raise."""
    return [kind for each in base.__subclasses__() for kind in (each, *refusals(each))]


OF_PAGES_AND_COMMANDS = {
    AlreadyCreated,  # answers a form sent twice
    AlreadyOpened,  # as well
    EmailChangeGone,
    AccessStateRefused,
    InvitationGone,
    LastAdmin,
    OwnAccountRefused,
    StoppedByOperator,
}
"""Refusals of verbs that this API does not offer."""


def test_it_has_a_status_for_every_refusal() -> None:
    for kind in refusals():
        if kind not in OF_PAGES_AND_COMMANDS:
            assert Code(kind.code).status >= 400


def test_a_tenant_without_access_is_told_so() -> None:
    response = problem_of(AccessNotEnabled(AccessState.NONE)).response()
    assert (response.status_code, b"access_not_enabled" in response.content) == (403, True)
