"""An admin key creates keys, and their secret is in that one answer only."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import CREATE, KEYS, SELF, invalid, post, problem


def test_it_creates_a_key_that_works_at_once(admin: Client) -> None:
    answer = post(admin, CREATE)
    assert answer.status_code == 201
    created = answer.json()
    assert Client().get(SELF, headers={"api-key": created["client_secret"]}).status_code == 200
    shown = admin.get(answer["Location"]).json()
    del created["client_secret"]
    assert shown | {"last_used_at": None, "last_used_from": None} == created


def test_it_takes_every_field(admin: Client) -> None:
    body = {
        "email": "Till@Example.com",
        "name": "Till 7",
        "description": "Ground floor\nleft",
        "role": "GL",
        "expiration": "2099-01-31T10:00:00.123456+02:00",
    }
    created = post(admin, body).json()
    assert created["email"] == "till@example.com"
    assert (created["name"], created["role"]) == ("Till 7", "GL")
    assert created["description"] == "Ground floor\nleft"
    assert created["expiration"] == "2099-01-31T08:00:00.123Z"


def test_it_gives_the_least_role_and_a_name_by_default(admin: Client) -> None:
    created = post(admin, CREATE).json()
    assert (created["role"], created["expiration"]) == ("viewer", "never")
    assert created["name"].startswith("Key of ")


def test_it_says_which_key_made_the_new_one(admin: Client, admin_key: CreatedKey) -> None:
    created = post(admin, CREATE).json()
    by = {"type": "api_key", "id": admin_key.key.client_id, "label": "Back office"}
    assert created["created_by"] == by
    event = AuditEvent.objects.get(target_id=created["client_id"])
    assert (event.event, event.actor_id) == ("key.created", admin_key.key.client_id)


def test_it_forbids_storing_the_answer(admin: Client) -> None:
    assert post(admin, CREATE)["Cache-Control"] == "no-store"


@pytest.mark.parametrize("caller", ["viewer", "gl"])
def test_it_refuses_a_key_without_the_permission_and_names_it(
    request: pytest.FixtureRequest, caller: str
) -> None:
    client: Client = request.getfixturevalue(caller)
    keys = ApiKey.objects.count()
    for body in (CREATE, {}, b"{"):  # before it looks at the body
        denied = problem(post(client, body), 403, "permission_denied")
        assert denied["permission"] == "create_keys"
        assert denied["role"] == {"viewer": "viewer", "gl": "GL"}[caller]
    assert ApiKey.objects.count() == keys


def test_it_records_the_refusal_in_the_tenants_trail(viewer: Client, payroll: CreatedKey) -> None:
    post(viewer, CREATE)
    event = AuditEvent.objects.get(event="key.created", outcome="refused")
    assert event.tenant == payroll.key.tenant
    assert event.actor_id == payroll.key.client_id
    assert event.data == {"code": "permission_denied"}


def test_it_refuses_the_eleventh_key_and_names_the_limit(admin: Client) -> None:
    for _ in range(9):
        assert post(admin, CREATE).status_code == 201
    reached = problem(post(admin, CREATE), 409, "key_limit_reached")
    assert (reached["limit"], reached["active"]) == (10, 10)
    assert len(admin.get(KEYS).json()["items"]) == 10


def test_it_has_room_again_after_a_revocation(admin: Client) -> None:
    created = [post(admin, CREATE).json() for _ in range(9)]
    admin.delete(f"{KEYS}/{created[0]['client_id']}")
    assert post(admin, CREATE).status_code == 201


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "email", "missing"),
        ({"email": None}, "email", "invalid"),
        ({"email": 1}, "email", "invalid"),
        ({"email": "nobody"}, "email", "invalid"),
        ({"email": "a\u0000@example.com"}, "email", "invalid_text"),
        (CREATE | {"name": "x" * 65}, "name", "invalid"),
        (CREATE | {"name": " "}, "name", "invalid"),
        (CREATE | {"name": "a\nb"}, "name", "invalid"),
        (CREATE | {"name": "Payroll\n"}, "name", "invalid"),
        (CREATE | {"name": "Payroll" + " " * 58}, "name", "invalid"),
        (CREATE | {"description": "\x85Payroll"}, "description", "invalid"),
        (CREATE | {"description": "\r\n\r\n" + "x" * 253}, "description", "invalid"),
        (CREATE | {"name": None}, "name", "invalid"),
        (CREATE | {"description": "x" * 257}, "description", "invalid"),
        (CREATE | {"description": []}, "description", "invalid"),
        (CREATE | {"role": "owner"}, "role", "invalid"),
        (CREATE | {"role": "ADMIN"}, "role", "invalid"),
        (CREATE | {"role": None}, "role", "invalid"),
        (CREATE | {"role": 0}, "role", "invalid"),
        (CREATE | {"client_id": "dev_x"}, "client_id", "unknown_field"),
        (CREATE | {"status": "active"}, "status", "unknown_field"),
        (CREATE | {"created_by": {}}, "created_by", "unknown_field"),
        (CREATE | {"kind": "platform"}, "kind", "unknown_field"),
        (CREATE | {"expires_at": None}, "expires_at", "unknown_field"),
    ],
)
def test_it_refuses_a_bad_field_by_name(
    admin: Client, body: dict[str, object], field: str, code: str
) -> None:
    assert invalid(post(admin, body)) == {field: code}


def test_it_takes_an_offset_without_a_colon(admin: Client) -> None:
    """As ``date +%FT%T%z`` writes it."""
    answer = post(admin, CREATE | {"expiration": "2099-01-31T10:00:00+0200"})
    assert answer.json()["expiration"] == "2099-01-31T08:00:00.000Z"


@pytest.mark.parametrize(
    "expiration",
    [
        None,
        "",
        "Never",
        1_800_000_000,
        "2099-01-31",
        "2099-01-31T10:00:00",
        "2099-01-31 10:00:00Z",
        "2099-01-31T10:00Z",
        "2099-13-31T10:00:00Z",
        "2099-02-29T10:00:00Z",
        "0000-01-01T00:00:00Z",
        "12099-01-31T10:00:00Z",
        "-2099-01-31T10:00:00Z",
        "2099-01-31T24:00:00Z",
        "2099-01-31T10:00:00.1234567890Z",
        "2099-01-31T10:00:60Z",
        "2099-01-31T10:00:00+24:00",
        "2099-01-31T10:00:00+02",
        "20990131T100000Z",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        "\u0662\u0660\u0669\u0669-01-31T10:00:00Z",
        "2020-01-31T10:00:00Z",
    ],
)
def test_it_refuses_an_expiration_that_is_no_future_time_with_an_offset(
    admin: Client, expiration: object
) -> None:
    refused = post(admin, CREATE | {"expiration": expiration})
    assert invalid(refused) == {"expiration": "invalid"}
    assert not refused.json()["errors"][0]["detail"].endswith("..")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("never", "never"),
        ("2099-01-31T10:00:00Z", "2099-01-31T10:00:00.000Z"),
        ("2099-01-31t10:00:00z", "2099-01-31T10:00:00.000Z"),
        ("2099-01-31T10:00:00.5-00:00", "2099-01-31T10:00:00.500Z"),
        ("2099-01-31T10:00:00.123999999+05:30", "2099-01-31T04:30:00.123Z"),
        ("2099-01-31T10:00:00+14:00", "2099-01-30T20:00:00.000Z"),
        ("2099-01-31T13:00:00-12:00", "2099-02-01T01:00:00.000Z"),
        ("2096-02-29T23:59:59.999999999+23:59", "2096-02-29T00:00:59.999Z"),
        ("2120-12-31T23:59:59Z", "2120-12-31T23:59:59.000Z"),
    ],
)
def test_it_shows_the_expiration_as_it_took_it(admin: Client, given: str, shown: str) -> None:
    created = post(admin, CREATE | {"expiration": given}).json()
    assert created["expiration"] == shown
    key = ApiKey.objects.get(client_id=created["client_id"])
    assert key.expires_at is None or key.expires_at.microsecond % 1000 == 0


def test_it_names_all_bad_fields_at_once(admin: Client) -> None:
    body = {"email": "x", "name": "y" * 65, "expiration": "2020-01-31T10:00:00Z"}
    assert set(invalid(post(admin, body))) == {"email", "name", "expiration"}


def test_it_creates_in_the_callers_own_tenant_only(
    foreigner: Client, foreign_key: CreatedKey
) -> None:
    created = post(foreigner, CREATE).json()
    assert created["tenant_id"] == foreign_key.key.tenant.public_id


def test_a_new_admin_key_may_do_the_same(admin: Client) -> None:
    secret = post(admin, CREATE | {"role": "admin"}).json()["client_secret"]
    second = Client(headers={"api-key": secret})
    assert post(second, CREATE).status_code == 201


def test_it_keeps_the_secret_out_of_every_later_answer(admin: Client) -> None:
    created = post(admin, CREATE).json()
    later = admin.get(f"{KEYS}/{created['client_id']}").content + admin.get(KEYS).content
    assert created["client_secret"][13:].encode() not in later
