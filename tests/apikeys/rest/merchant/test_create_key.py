"""Creating over the merchant API."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.merchant.calls import CREATE, bad, post


def test_it_takes_the_email_of_the_calling_key(admin: Client, url: str) -> None:
    ApiKey.objects.update(email="back.office@example.com")
    created = post(admin, url, CREATE).json()
    key = ApiKey.objects.get(client_id=created["key_id"])
    assert (key.email, key.role) == ("back.office@example.com", "viewer")


def test_it_says_in_the_trail_which_key_made_the_new_one(
    admin: Client, url: str, admin_key: CreatedKey
) -> None:
    created = post(admin, url, CREATE).json()
    event = AuditEvent.objects.get(event="key.created", target_id=created["key_id"])
    assert (event.actor_type, event.actor_id) == ("api_key", admin_key.key.client_id)


@pytest.mark.parametrize("role", ["viewer", "GL", "admin"])
def test_it_gives_the_role_that_the_extension_names(admin: Client, url: str, role: str) -> None:
    created = post(admin, url, CREATE | {"role": role}).json()
    assert "role" not in created
    assert ApiKey.objects.get(client_id=created["key_id"]).role == role


@pytest.mark.parametrize("description", [None, "", "  "])
def test_no_description_is_null_in_every_answer(
    admin: Client, url: str, description: str | None
) -> None:
    created = post(admin, url, CREATE | {"description": description}).json()
    assert created["description"] is None
    assert admin.get(f"{url}/{created['key_id']}").json()["description"] is None


def test_an_empty_name_becomes_one_that_says_when_it_was_made(admin: Client, url: str) -> None:
    assert post(admin, url, CREATE | {"name": ""}).json()["name"].startswith("Key of ")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("never", "never"),
        ("2099-09-10T10:11:12.000Z", "2099-09-10T10:11:12.000Z"),
        ("2099-09-10T10:11:12+02:00", "2099-09-10T08:11:12.000Z"),
        ("2099-09-10T10:11Z", "2099-09-10T10:11:00.000Z"),
        ("20990910T101112Z", "2099-09-10T10:11:12.000Z"),
        ("2099-09-10T10:11:12,123999999-0530", "2099-09-10T15:41:12.123Z"),
        ("2099-W37-4T10:11:12Z", "2099-09-10T10:11:12.000Z"),
    ],
)
def test_it_takes_an_expiration_in_any_form_of_iso_8601(
    admin: Client, url: str, given: str, shown: str
) -> None:
    created = post(admin, url, CREATE | {"expiration": given}).json()
    assert created["expiration"] == shown
    assert admin.get(f"{url}/{created['key_id']}").json()["expiration"] == shown
    key = ApiKey.objects.get(client_id=created["key_id"])
    assert key.expires_at is None or key.expires_at.microsecond % 1000 == 0  # as it is shown


@pytest.mark.parametrize(
    "expiration",
    [
        None,
        "",
        "Never",
        4_000_000_000,
        "2099-09-10",
        "2099-09-10T10:11:12",
        "2099-09-10 10:11:12Z",
        "2099-13-10T10:11:12Z",
        "2099-09-10T10:11:12+24:00",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        "\u0662\u0660\u0669\u0669-09-10T10:11:12Z",
        "2020-09-10T10:11:12Z",
        ["never"],
    ],
)
def test_it_refuses_an_expiration_that_is_no_time_in_the_future(
    admin: Client, url: str, expiration: object
) -> None:
    keys = ApiKey.objects.count()
    assert bad(post(admin, url, CREATE | {"expiration": expiration})).startswith("expiration: ")
    assert ApiKey.objects.count() == keys


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"expiration": "never"}, "name: This is required."),
        ({"name": "Till 7"}, "expiration: This is required."),
        (CREATE | {"name": None}, "name: "),
        (CREATE | {"name": " "}, "name: Enter a name."),
        (CREATE | {"name": "a\u202eb"}, "name: Remove the control characters"),
        (CREATE | {"name": "a\0b"}, "name: Remove NUL"),
        (CREATE | {"description": 1}, "description: "),
        (CREATE | {"role": "owner"}, "role: "),
        (CREATE | {"role": None}, "role: "),
        (CREATE | {"email": "a@example.com"}, "email: There is no such field here."),
        (CREATE | {"key_id": "dev_x"}, "key_id: There is no such field here."),
    ],
)
def test_it_names_the_field_that_is_wrong(
    admin: Client, url: str, body: dict[str, object], message: str
) -> None:
    keys = ApiKey.objects.count()
    assert bad(post(admin, url, body)).startswith(message)
    assert ApiKey.objects.count() == keys


def test_it_names_all_bad_fields_in_its_one_message(admin: Client, url: str) -> None:
    body = {"name": "x" * 65, "expiration": "2020-01-31T10:00:00Z"}
    message = bad(post(admin, url, body))
    assert "name: Use at most 64 characters; this has 65." in message
    assert "expiration: Choose a time in the future." in message


def test_it_keeps_the_secret_out_of_every_later_answer(admin: Client, url: str) -> None:
    created = post(admin, url, CREATE).json()
    later = admin.get(f"{url}/{created['key_id']}").content + admin.get(f"{url}/list").content
    assert created["api_key"][13:].encode() not in later
