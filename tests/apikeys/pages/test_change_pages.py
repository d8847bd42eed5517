"""One key's page, and changing it: edit, role, delete."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client

from accounts.models import AuditEvent, User
from apikeys.models import ApiKey, KeyUsage
from apikeys.services.keys import CreatedKey
from tests.factories import let_expire, make_key, signed_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(payroll: CreatedKey) -> str:
    """The page of Northwind's key "Payroll"."""
    return f"/account/{payroll.key.tenant.public_id}/keys/{payroll.key.client_id}/"


def offered(client: Client, url: str, **changes: str) -> dict[str, str]:
    """The form as the page offers it, with `changes`; fields left out stay empty."""
    initial = client.get(url).context["form"].initial
    form = {name: "" if value is None else str(value) for name, value in initial.items()}
    return form | changes


def test_it_shows_exact_times_with_their_zone(alice: User, url: str, payroll: CreatedKey) -> None:
    """Beside the relative ones, never by hover alone."""
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Paris")
    ApiKey.objects.filter(pk=payroll.key.pk).update(expires_at="2090-07-04T08:00:00Z")
    page = signed_in(alice).get(url).content.decode()
    assert "Tue 4 Jul 2090, 10:00 CEST" in page


def test_it_shows_a_keys_history_to_who_may_read_about_people(
    alice: User, bob: User, url: str
) -> None:
    """The newest event first; a GL member sees the key without it."""
    admin = signed_in(alice)
    admin.post(f"{url}role/", offered(admin, f"{url}role/", role="GL"))
    history = admin.get(url).context["history"]
    assert [event["what"] for event in history] == [
        "Role changed from Viewer to GL",
        "Created with the role Viewer",
    ]
    assert "history" not in signed_in(bob).get(url).context
    assert "payroll@example.com" not in signed_in(bob).get(url).content.decode()


def test_it_saves_an_edit_and_goes_back_to_the_key(
    alice: User, url: str, payroll: CreatedKey
) -> None:
    """303 without htmx; with it the dialog closes and lists refresh."""
    client = signed_in(alice)
    answer = client.post(f"{url}edit/", offered(client, f"{url}edit/", name="Wages"))
    assert (answer.status_code, answer["Location"]) == (303, url)
    answer = client.post(f"{url}edit/", offered(client, f"{url}edit/", name="Pay"), headers=HTMX)
    assert answer.status_code == 204
    assert "keys-changed" in answer["HX-Trigger"]
    payroll.key.refresh_from_db()
    assert payroll.key.name == "Pay"


def test_it_tells_who_edits_last_that_somebody_was_first(
    alice: User, url: str, payroll: CreatedKey
) -> None:
    """409, with what was typed still there; nothing is overwritten."""
    client = signed_in(alice)
    stale = offered(client, f"{url}edit/", name="Second")
    client.post(f"{url}edit/", offered(client, f"{url}edit/", name="First"))
    answer = client.post(f"{url}edit/", stale)
    assert answer.status_code == 409
    assert "Somebody changed this key" in answer.content.decode()
    assert 'value="Second"' in answer.content.decode()
    payroll.key.refresh_from_db()
    assert payroll.key.name == "First"


def test_it_lets_a_gl_member_change_the_name_and_nothing_about_people(
    bob: User, url: str, payroll: CreatedKey
) -> None:
    """Fields that the form does not offer are not read either."""
    client = signed_in(bob)
    form = offered(client, f"{url}edit/", name="Wages")
    assert "email" not in client.get(f"{url}edit/").context["form"].fields
    client.post(f"{url}edit/", form | {"email": "bob@example.com", "expires": "30"})
    payroll.key.refresh_from_db()
    assert payroll.key.name == "Wages"
    assert payroll.key.email == "payroll@example.com"
    assert payroll.key.expires_at is None


def test_it_makes_an_expired_key_work_again_with_a_new_time(
    alice: User, url: str, payroll: CreatedKey
) -> None:
    """The quickest repair of an outage."""
    let_expire(payroll.key)
    client = signed_in(alice)
    answer = client.post(f"{url}edit/", offered(client, f"{url}edit/", expires="90"))
    assert answer.status_code == 303
    assert ApiKey.objects.active().filter(pk=payroll.key.pk).exists()


def test_it_renames_an_expired_key_without_touching_its_time(
    alice: User, url: str, payroll: CreatedKey
) -> None:
    """What nobody changed is not checked as if it were new."""
    let_expire(payroll.key)
    before = payroll.key.expires_at
    client = signed_in(alice)
    answer = client.post(
        f"{url}edit/", offered(client, f"{url}edit/", name="Old", expires_at=local(before))
    )
    assert answer.status_code == 303
    payroll.key.refresh_from_db()
    assert (payroll.key.name, payroll.key.expires_at) == ("Old", before)


def local(at: object) -> str:
    """A time as the browser's field sends it."""
    return f"{at:%Y-%m-%dT%H:%M}"


def test_it_refuses_to_extend_an_eleventh_key(alice: User, url: str, payroll: CreatedKey) -> None:
    """Every change that makes a key active counts."""
    let_expire(payroll.key)
    for number in range(10):
        make_key(payroll.key.tenant, name=f"Key {number}")
    client = signed_in(alice)
    answer = client.post(f"{url}edit/", offered(client, f"{url}edit/", expires="never"))
    assert answer.status_code == 409
    assert "may have 10 active keys" in answer.content.decode()


def test_it_asks_again_before_a_key_becomes_admin(
    alice: User, url: str, payroll: CreatedKey
) -> None:
    """As when it is created."""
    client = signed_in(alice)
    form = offered(client, f"{url}role/", role="admin")
    assert client.post(f"{url}role/", form).status_code == 422
    assert client.post(f"{url}role/", form | {"confirm_admin": "on"}).status_code == 303
    payroll.key.refresh_from_db()
    assert payroll.key.role == "admin"


def test_it_warns_before_a_key_in_use_is_deleted(
    alice: User, url: str, payroll: CreatedKey
) -> None:
    """With the time and address of the last use; an idle key is deleted without."""
    client = signed_in(alice)
    assert not client.get(f"{url}delete/").context["act"].warning
    usage = KeyUsage.objects.create(
        key=payroll.key, last_used_at=Now() - timedelta(hours=2), last_used_from="203.0.113.7"
    )
    page = client.get(f"{url}delete/").content.decode()
    assert "2 hours ago" in page
    assert "203.0.113.7" in page
    KeyUsage.objects.filter(pk=usage.pk).update(last_used_at=Now() - timedelta(hours=25))
    assert not client.get(f"{url}delete/").context["act"].warning


def test_its_confirmation_repeats_account_environment_and_key(
    alice: User, url: str, payroll: CreatedKey
) -> None:
    """Two tabs, or a mailed link, must act on the right account."""
    part = signed_in(alice).get(f"{url}delete/", headers=HTMX).content.decode()
    for words in ("Northwind Traders", "Sandbox", payroll.key.name, payroll.key.client_id):
        assert words in part


def test_it_deletes_a_key_for_good_and_keeps_it_in_the_history(
    alice: User, url: str, payroll: CreatedKey
) -> None:
    """With the reason; a second time changes nothing."""
    client = signed_in(alice)
    client.post(f"{url}delete/", {"reason": "Leaked"})
    client.post(f"{url}delete/", {"reason": "Again"})
    page = client.get(url)
    assert page.context["key"].status_label == "Deleted"
    assert page.context["history"][0]["what"] == "Deleted: Leaked"
    assert AuditEvent.objects.filter(event="key.revoked").count() == 1


@pytest.mark.parametrize("action", ["edit", "role", "delete"])
def test_it_shows_a_deleted_keys_page_in_place_of_a_form(
    action: str, alice: User, url: str, payroll: CreatedKey
) -> None:
    """A form that could do nothing is not offered, and sent from before it changes nothing."""
    client = signed_in(alice)
    client.post(f"{url}delete/")
    assert client.get(f"{url}{action}/")["Location"] == url
    assert client.post(f"{url}{action}/", {"role": "viewer"})["Location"] == url
