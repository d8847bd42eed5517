"""How often a key may change something: less often than it may read, and over both REST APIs."""

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from accounts.errors import TooMany
from accounts.models import AuditEvent, Tenant
from apikeys.rest.merchant.faults import fault_of
from apikeys.rest.problems import problem_of
from apikeys.services.keys import CreatedKey
from apikeys.services.platform_keys import create_platform_key
from tests.apikeys.rest.canonical.calls import (
    CREATE,
    JSON,
    KEYS,
    SELF,
    Answer,
    address,
    calling,
    patch,
    post,
    problem,
    put_role,
)
from tests.factories import PLATFORM, make_key

LEFT = re.compile(r'"per-key";r=(\d+);t=\d+, "per-key-changes";r=(\d+);t=\d+')


@pytest.fixture(autouse=True)
def three_a_window(settings: Any) -> None:
    """Three changes of a key in an hour, which no test crosses unless it starts just before."""
    settings.API_CHANGE_RATE_LIMIT, settings.API_RATE_WINDOW = 3, 3600


def left(answer: Answer) -> tuple[int, int]:
    found = LEFT.fullmatch(answer["RateLimit"])
    assert found, answer["RateLimit"]
    return int(found[1]), int(found[2])


def test_a_hundred_edits_leave_three_events(gl: Client, payroll: CreatedKey) -> None:
    before = AuditEvent.objects.count()
    answers = [patch(gl, payroll, {"name": f"Payroll {number}"}) for number in range(100)]
    assert AuditEvent.objects.count() == before + 3
    assert [each.status_code for each in answers] == [200] * 3 + [429] * 97
    problem(answers[3], 429, "rate_limited")
    assert "3 changes in 3600 seconds" in answers[3].json()["detail"]
    assert 1 <= int(answers[3]["Retry-After"]) <= 3600


def test_an_answer_to_a_change_names_both_limits(gl: Client, payroll: CreatedKey) -> None:
    answers = [patch(gl, payroll, {"name": "Till"}) for _ in range(4)]
    assert [left(each) for each in answers] == [(599, 2), (598, 1), (597, 0), (596, 0)]
    policies = {each["RateLimit-Policy"] for each in answers}
    assert policies == {'"per-key";q=600;w=3600, "per-key-changes";q=3;w=3600'}


def test_whatever_may_change_something_counts(admin: Client, payroll: CreatedKey) -> None:
    """Also where it was refused."""
    answers = [post(admin, CREATE), put_role(admin, payroll, "GL"), patch(admin, payroll, {"x": 1})]
    assert [left(each)[1] for each in answers] == [2, 1, 0]
    for refused in (post(admin, CREATE), put_role(admin, payroll, "GL"), patch(admin, payroll, {})):
        problem(refused, 429, "rate_limited")


def test_reading_goes_on(gl: Client, payroll: CreatedKey) -> None:
    for _ in range(4):
        patch(gl, payroll, {"name": "Till"})
    assert (gl.get(SELF).status_code, gl.head(KEYS).status_code) == (200, 200)
    assert gl.get(SELF)["RateLimit-Policy"] == '"per-key";q=600;w=3600'


def test_deleting_a_key_is_never_delayed(
    admin: Client, payroll: CreatedKey, northwind: Tenant
) -> None:
    for _ in range(4):
        post(admin, CREATE)
    assert admin.delete(address(payroll)).status_code == 204
    other = make_key(northwind).key.client_id
    assert admin.delete(f"/api_keys/{northwind.public_id}/{other}").status_code == 200


def test_one_keys_changes_are_not_anothers(
    gl: Client, admin_key: CreatedKey, payroll: CreatedKey
) -> None:
    for _ in range(4):
        patch(gl, payroll, {"name": "Till"})
    assert patch(calling(admin_key), payroll, {"name": "Till"}).status_code == 200


def test_neither_api_is_a_way_around_the_others_limit(
    admin: Client, payroll: CreatedKey, northwind: Tenant
) -> None:
    merchant = f"/api_keys/{northwind.public_id}/{payroll.key.client_id}"
    for _ in range(2):
        assert patch(admin, payroll, {"name": "Till"}).status_code == 200
    assert admin.post(merchant, {"name": "x"}, content_type=JSON).status_code == 200
    refused = admin.post(merchant, {"name": "x"}, content_type=JSON)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "IR_06")
    assert 1 <= int(refused["Retry-After"]) <= 3600
    problem(patch(admin, payroll, {"name": "Till"}), 429, "rate_limited")
    assert admin.get(f"/api_keys/{northwind.public_id}/list").status_code == 200


def test_a_platform_key_may_change_ten_times_as_much(northwind: Tenant) -> None:
    """It acts for every account."""
    platform = Client(
        headers={"api-key": create_platform_key(actor=PLATFORM, name="Back office").secret.text}
    )
    path = f"/api_keys/{northwind.public_id}/{make_key(northwind).key.client_id}"
    answers = [platform.post(path, {"name": "x"}, content_type=JSON) for _ in range(31)]
    assert [each.status_code for each in answers] == [200] * 30 + [429]
    assert answers[0]["RateLimit-Policy"].endswith('"per-key-changes";q=30;w=3600')


@pytest.mark.parametrize("name", ["API_RATE_LIMIT", "API_CHANGE_RATE_LIMIT", "API_RATE_WINDOW"])
def test_a_limit_of_nothing_is_no_setting(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import portal.settings"],
        env=os.environ | {name: "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    assert "API_CHANGE_RATE_LIMIT take 1 or more" in done.stderr


def test_what_a_verb_refuses_for_now_says_for_how_long() -> None:
    refusal = TooMany("You invited too many. Try again in 40 seconds.", 40)
    problem, fault = problem_of(refusal).response(), fault_of(refusal).response()
    assert (problem.status_code, fault.status_code) == (429, 429)
    assert (problem["Retry-After"], fault["Retry-After"]) == ("40", "40")
    assert b"rate_limited" in problem.content
    assert b"in 40 seconds" in fault.content
