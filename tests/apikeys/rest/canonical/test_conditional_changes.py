"""ETag and If-Match: nobody overwrites what they have not seen."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from apikeys.models import ApiKey
from apikeys.proof.use_log import UseLog
from apikeys.services.keys import CreatedKey, edit_key
from tests.apikeys.rest.canonical.calls import JSON, Answer, address, calling, patch, problem
from tests.factories import acting

type Change = Callable[[Client, CreatedKey, str], Answer]

CHANGES: dict[str, Change] = {
    "edit": lambda client, key, tag: patch(client, key, {"name": "Wages"}, **{"If-Match": tag}),
    "role": lambda client, key, tag: client.put(
        address(key, role=True), {"role": "GL"}, content_type=JSON, headers={"If-Match": tag}
    ),
    "revoke": lambda client, key, tag: client.delete(address(key), headers={"If-Match": tag}),
}
each_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@each_change
def test_it_changes_what_the_caller_has_seen(
    admin: Client, payroll: CreatedKey, change: Change
) -> None:
    tag = admin.get(address(payroll))["ETag"]
    assert change(admin, payroll, tag).status_code in {200, 204}


@each_change
def test_it_refuses_a_change_to_what_somebody_changed_since(
    admin: Client, payroll: CreatedKey, alice: User, change: Change
) -> None:
    tag = admin.get(address(payroll))["ETag"]
    edit_key(actor=acting(alice), key=payroll.key, description="by Alice")
    before = ApiKey.objects.values().get(pk=payroll.key.pk)
    problem(change(admin, payroll, tag), 412, "precondition_failed")
    assert ApiKey.objects.values().get(pk=payroll.key.pk) == before


@each_change
@pytest.mark.parametrize("tag", ["*", '"0-full", {}', "{}"])
def test_it_takes_any_of_several_tags_and_the_star(
    admin: Client, payroll: CreatedKey, change: Change, tag: str
) -> None:
    tag = tag.replace("{}", admin.get(address(payroll))["ETag"])
    assert change(admin, payroll, tag).status_code in {200, 204}


@pytest.mark.parametrize("made", ['W/"{}"', '"{}-gzip"', '"{};br"', 'W/"{}-zstd"'])
def test_it_takes_what_a_compressing_proxy_makes_of_its_tag(
    admin: Client, payroll: CreatedKey, made: str
) -> None:
    tag = admin.get(address(payroll))["ETag"].strip('"')
    assert patch(admin, payroll, {"name": "W"}, **{"If-Match": made.format(tag)}).status_code == 200


@pytest.mark.parametrize(
    "tag", ["", "nonsense", '"', '"1"', 'W/"0-full"', '"0-full-gzip"', '"1-basic"', '"1-full-old"']
)
def test_no_other_tag_matches(admin: Client, payroll: CreatedKey, tag: str) -> None:
    problem(patch(admin, payroll, {"name": "W"}, **{"If-Match": tag}), 412, "precondition_failed")


def test_each_answer_has_the_tag_of_what_it_shows(admin: Client, payroll: CreatedKey) -> None:
    tag = patch(admin, payroll, {"name": "Wages"})["ETag"]
    assert admin.get(address(payroll))["ETag"] == tag
    assert CHANGES["role"](admin, payroll, tag)["ETag"] != tag


def test_the_tag_tells_apart_who_reads(admin: Client, viewer: Client, payroll: CreatedKey) -> None:
    assert admin.get(address(payroll))["ETag"] != viewer.get(address(payroll))["ETag"]


def test_being_used_changes_no_tag(admin: Client, payroll: CreatedKey, uses: UseLog) -> None:
    tag = admin.get(address(payroll))["ETag"]
    assert calling(payroll).get(address(payroll)).status_code == 200
    uses.flush()
    assert admin.get(address(payroll)).json()["last_used_at"]
    assert admin.get(address(payroll))["ETag"] == tag
