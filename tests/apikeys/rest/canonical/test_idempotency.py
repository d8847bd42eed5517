"""Idempotency-Key: a creation whose answer was lost can be repeated, and makes one key."""

from typing import Any, cast

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Tenant
from accounts.roles import Role
from apikeys.models import ApiKey, IdempotencyRecord
from apikeys.rest.idempotency import forget_old_answers
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import CREATE, JSON, KEYS, Answer, calling, invalid, problem
from tests.factories import make_key, put_limit
from tests.racing import race

ONCE = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'


def create(client: Client, body: Any = CREATE, once: str = ONCE) -> Answer:
    return client.post(KEYS, body, content_type=JSON, headers={"Idempotency-Key": once})


def test_the_repetition_hears_the_same_but_for_the_secret(admin: Client) -> None:
    first, again = create(admin), create(admin)
    assert (first.status_code, again.status_code) == (201, 201)
    said = again.json()
    assert said.pop("replayed") is True
    assert "delete this key and create a new one" in said.pop("hint")
    assert said == first.json() | {"client_secret": None}
    assert not {"replayed", "hint"} & set(first.json())
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert ApiKey.objects.filter(email=CREATE["email"]).count() == 1


def test_the_secret_is_stored_nowhere(admin: Client) -> None:
    secret = create(admin).json()["client_secret"]
    record = IdempotencyRecord.objects.values().get()
    assert secret not in str(record)
    assert secret[-49:] not in str(record)
    assert ONCE.strip('"') not in str(record)


def test_white_space_and_order_make_no_other_body(admin: Client) -> None:
    create(admin, b'{"email": "a@example.com", "name": "A"}')
    assert create(admin, b'{ "name":"A",\n"email":"a@example.com" }').json()["replayed"]


def test_another_body_is_refused(admin: Client) -> None:
    create(admin)
    problem(create(admin, CREATE | {"name": "Other"}), 422, "idempotency_conflict")
    assert ApiKey.objects.filter(email=CREATE["email"]).count() == 1


def test_another_key_makes_another(admin: Client) -> None:
    create(admin)
    assert "replayed" not in create(admin, once='"another"').json()


def test_two_callers_may_choose_the_same(admin: Client, northwind: Tenant) -> None:
    other = calling(make_key(northwind, role=Role.ADMIN))
    create(admin)
    assert "replayed" not in create(other).json()


def test_a_refusal_is_not_remembered(admin: Client, northwind: Tenant) -> None:
    put_limit(northwind, 1)
    problem(create(admin), 409, "key_limit_reached")
    assert not IdempotencyRecord.objects.exists()
    put_limit(northwind, 2)
    assert "replayed" not in create(admin).json()


def test_it_forgets_after_a_day(admin: Client) -> None:
    create(admin)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE apikeys_idempotencyrecord SET recorded_at = recorded_at - interval '24 hours'"
        )
    assert "replayed" not in create(admin).json()
    assert IdempotencyRecord.objects.count() == 1
    assert not list(forget_old_answers())


def test_old_answers_are_swept_away(admin: Client) -> None:
    create(admin)
    IdempotencyRecord.objects.update(recorded_at="2020-01-01T00:00:00Z")
    assert list(forget_old_answers()) == [1]
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize(
    "once",
    [
        "unquoted",
        "null",
        "8e03978e-40d5-43dd-bc93-6894a57f932",
        '""',
        '"',
        '"a" "b"',
        '"a", "b"',
        '"ä"',
        f'"{"x" * 256}"',
        "",
        '"\x7f"',
    ],
)
def test_it_says_what_an_idempotency_key_is(admin: Client, once: str) -> None:
    assert invalid(create(admin, once=once)) == {"Idempotency-Key": "invalid"}
    assert ApiKey.objects.count() == 1


def test_a_uuid_may_come_without_quotes_and_is_the_same_key(admin: Client) -> None:
    uuid = "8e03978e-40D5-43dd-bc93-6894a57f9324"
    first, again = create(admin, once=uuid), create(admin, once=f'"{uuid}"')
    assert first.json()["client_id"] == again.json()["client_id"]
    assert ApiKey.objects.count() == 2


def test_the_longest_passes(admin: Client) -> None:
    assert create(admin, once=f'"{"x" * 255}"').status_code == 201


def test_the_repetition_still_needs_the_permission(
    admin: Client, gl: Client, admin_key: CreatedKey
) -> None:
    create(admin)
    problem(create(gl), 403, "permission_denied")
    ApiKey.objects.filter(pk=admin_key.key.pk).update(role=Role.GL)
    problem(create(admin), 403, "permission_denied")


def test_the_repetition_is_no_event(admin: Client) -> None:
    create(admin)
    events = AuditEvent.objects.count()
    create(admin)
    assert AuditEvent.objects.count() == events


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_key(admin_key: CreatedKey) -> None:
    answers = cast(list[Answer], race([lambda: create(calling(admin_key))] * 8))
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 201
    assert set(codes) <= {201, 409}
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, 409, "idempotency_conflict")
            assert answer["Retry-After"] == "1"
    assert sum(answer.json().get("client_secret") is not None for answer in answers) == 1
    assert ApiKey.objects.filter(email=CREATE["email"]).count() == 1
