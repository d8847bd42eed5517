"""allauth's addresses: what is served, what is closed, and links that a mail brings."""

import re
import time
from datetime import datetime, timedelta

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.urls import urlpatterns as allauth_addresses
from django.test import Client
from django.urls import reverse

from accounts.models import OutboxMail, User
from accounts.pages.urls import OPEN, OURS
from tests.factories import PASSWORD, make_person, signed_in

NAMES = sorted(address.name or "" for address in allauth_addresses)
PARTS = {
    "account_confirm_email": {"key": "x"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "x-y"},
}
METHODS = ("get", "post", "put", "delete", "head", "options")
RESET = "/accounts/password/reset/"
HOUR = timedelta(hours=1).total_seconds()


def address(name: str) -> str:
    return reverse(name, kwargs=PARTS.get(name, {}))


def test_it_knows_what_it_serves() -> None:
    """A name that allauth does not use any more is a mistake of ours."""
    assert set(NAMES) >= OPEN | set(OURS)
    assert not OPEN & set(OURS)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OPEN | set(OURS)])
def test_what_is_not_ours_is_closed(name: str, alice: User) -> None:
    for client in (Client(), signed_in(alice)):
        for method in METHODS:
            assert getattr(client, method)(address(name)).status_code == 404, method


@pytest.mark.parametrize("name", sorted(OPEN | set(OURS)))
def test_what_is_open_is_a_page_of_our_design(name: str, alice: User) -> None:
    for client in (Client(), signed_in(alice)):
        answer = client.get(address(name))
        if answer.status_code == 302:
            continue
        page = answer.content.decode()
        assert answer.status_code == 200
        assert 'class="site-header"' in page
        assert all(
            name.startswith(
                ("account/", "accounts/", "allauth/layouts/", "components/", "base.html")
            )
            for name in (template.name or "" for template in answer.templates)
            if not name.startswith("django/")
        )


@pytest.mark.parametrize("action", ["action_add", "action_primary", "action_remove", "action_send"])
def test_a_session_neither_adds_nor_replaces_an_address(action: str, alice: User) -> None:
    """It would keep the account by resetting its password."""
    EmailAddress.objects.create(user=alice, email="eve@example.com", verified=True)
    client = signed_in(alice)
    for email in ("eve@example.com", "alice@example.com", "new@example.com"):
        client.post("/accounts/email/", {action: "", "email": email})
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert EmailAddress.objects.filter(email="alice@example.com", primary=True).exists()
    assert not EmailAddress.objects.filter(email="new@example.com").exists()


@pytest.mark.parametrize("verified", [False, True])
def test_no_reset_goes_to_any_other_address_than_the_sign_ins(verified: bool, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="eve@example.com", verified=verified)
    Client().post(RESET, {"email": "eve@example.com"})
    assert not OutboxMail.objects.exists()


def reset_link(email: str) -> str:
    Client().post(RESET, {"email": email})
    found = re.search(r"http://127\.0\.0\.1:8000(/\S+)", OutboxMail.objects.latest("pk").text)
    assert found
    return found[1]


def set_password(link: str, password: str) -> Client:
    client = Client()
    form = client.get(link, follow=True)
    page = form.redirect_chain[-1][0] if form.redirect_chain else link
    client.post(page, {"password1": password, "password2": password})
    return client


def test_a_link_for_a_new_password_works_once(alice: User) -> None:
    link = reset_link(alice.email)
    for _ in range(3):
        Client().get(link, follow=True)  # mail scanners follow links
    set_password(link, "a longer sentence")
    set_password(link, "another long sentence")
    alice.refresh_from_db()
    assert alice.check_password("a longer sentence")


def test_a_link_for_a_new_password_works_for_an_hour(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = reset_link(alice.email)
    later = datetime.now() + timedelta(seconds=HOUR + 1)  # noqa: DTZ005  # as Django has it
    monkeypatch.setattr(default_token_generator, "_now", lambda: later)
    set_password(link, "a longer sentence")
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def confirmation_link(user: User) -> str:
    Client().post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    found = re.search(r"http://127\.0\.0\.1:8000(/\S+)", OutboxMail.objects.latest("pk").text)
    assert found
    return found[1]


@pytest.fixture
def dora(db: None) -> User:
    """Somebody whose address was never confirmed."""
    person = make_person("Dora")
    EmailAddress.objects.filter(user=person).update(verified=False)
    return person


def test_a_link_that_confirms_an_address_works_once_and_not_by_looking(dora: User) -> None:
    link = confirmation_link(dora)
    Client().get(link)
    assert not EmailAddress.objects.get(user=dora).verified
    Client().post(link)
    assert EmailAddress.objects.get(user=dora).verified


def test_a_link_that_confirms_an_address_works_for_an_hour(
    dora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = confirmation_link(dora)
    now = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + HOUR + 1)
    Client().post(link)
    assert not EmailAddress.objects.get(user=dora).verified


@pytest.mark.usefixtures("endless_windows")
def test_links_that_confirm_an_address_are_mailed_so_often(dora: User) -> None:
    for _ in range(5):
        confirmation_link(dora)
    assert OutboxMail.objects.count() == 3


def test_one_address_causes_so_many_of_these_mails(db: None) -> None:
    for _ in range(21):
        person = make_person()
        EmailAddress.objects.filter(user=person).update(verified=False)
        Client().post(address("account_login"), {"login": person.email, "password": PASSWORD})
    assert OutboxMail.objects.count() == 20


@pytest.mark.parametrize("name", ["account_login", "account_reset_password"])
def test_no_page_answers_in_json(name: str, db: None) -> None:
    answer = Client().get(address(name), headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer["Content-Type"].startswith("text/html")
