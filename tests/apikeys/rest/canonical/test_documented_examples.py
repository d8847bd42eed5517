"""The documentation page's examples, taken from the page and run against a live server."""

import pytest

from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from apikeys.models import ApiKey
from apikeys.rest.openapi.merchant import CALLS
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.documented import (
    MERCHANT,
    Answered,
    blocks,
    by_python,
    environment,
    in_one_shell,
    of_curl,
    of_language,
    operations,
)
from tests.served_portal import ServedPortal

ROLES = {"admin_key": Role.ADMIN, "gl_key": Role.GL, "payroll": Role.VIEWER}


@pytest.fixture(params=ROLES)
def key(request: pytest.FixtureRequest) -> CreatedKey:
    """A key of each role, with its secret."""
    found: CreatedKey = request.getfixturevalue(request.param)
    return found


def assert_it_answers_as_documented(name: str, answer: Answered, role: Role) -> None:
    """The documented success, or for a role that may not, a refusal that says what is missing."""
    said = operations()[name]
    wanted = said.get("x-permission")
    if wanted and Permission(wanted) not in ROLE_PERMISSIONS[role]:
        assert answer.refusal == (403, "permission_denied", wanted, role)
    else:
        assert str(answer.status) == min(said["responses"])


def test_the_curl_examples_work_from_top_to_bottom(
    served_portal: ServedPortal, key: CreatedKey
) -> None:
    found = blocks(served_portal)
    examples = of_language(found, "curl")
    assert set(examples) == set(operations())
    printed = in_one_shell(found, list(examples.values()), key)
    for name, text in zip(examples, printed, strict=True):
        (answer,) = of_curl(text)
        assert_it_answers_as_documented(name, answer, Role(key.key.role or ""))


def test_what_the_examples_delete_is_the_key_that_they_made(
    served_portal: ServedPortal, admin_key: CreatedKey, payroll: CreatedKey
) -> None:
    found = blocks(served_portal)
    in_one_shell(found, list(of_language(found, "curl").values()), admin_key)
    admin_key.key.refresh_from_db()
    assert (admin_key.key.role, admin_key.key.revoked_at) == (Role.ADMIN, None)
    assert ApiKey.objects.exclude(revoked_at=None).count() == 1
    payroll.key.refresh_from_db()
    assert payroll.key.revoked_at is None


def test_the_python_examples_work_each_by_itself(
    served_portal: ServedPortal, key: CreatedKey
) -> None:
    examples = of_language(blocks(served_portal), "python")
    assert set(examples) == set(operations())
    env = environment(served_portal, key)
    for name, code in examples.items():
        answer, told = by_python(code, env)
        assert_it_answers_as_documented(name, answer, Role(key.key.role or ""))
        env |= told


def test_the_merchant_examples_work_in_one_go(
    served_portal: ServedPortal, admin_key: CreatedKey
) -> None:
    found = blocks(served_portal)
    (printed,) = in_one_shell(found, [found[MERCHANT]], admin_key)
    answers = of_curl(printed)
    assert [answer.status for answer in answers] == [200] * len(CALLS)
    assert answers[-1].body["revoked"] is True


def test_the_merchant_examples_say_what_a_lesser_key_lacks(
    served_portal: ServedPortal, payroll: CreatedKey
) -> None:
    found = blocks(served_portal)
    (printed,) = in_one_shell(found, [found[MERCHANT]], payroll)
    answers = of_curl(printed)
    assert len(answers) == len(CALLS)
    assert {(answer.status, answer.body["error"]["code"]) for answer in answers} == {(403, "IR_22")}
    for answer, (_, called, _) in zip(answers, CALLS, strict=True):
        assert called.permission in answer.body["error"]["message"]


@pytest.mark.parametrize("fetch", ["token-oauth", "token-hubpay"])
def test_a_token_is_fetched_used_and_asked_about(
    served_portal: ServedPortal, admin_key: CreatedKey, fetch: str
) -> None:
    found = blocks(served_portal)
    wanted = [found[name] for name in (fetch, "token-use", "token-introspect")]
    fetched, used, told = in_one_shell(found, wanted, admin_key)
    assert admin_key.key.client_id in fetched
    (answer,) = of_curl(used)
    assert (answer.status, answer.body["client_id"]) == (200, admin_key.key.client_id)
    (answer,) = of_curl(told)
    assert (answer.status, answer.body["active"]) == (200, True)
