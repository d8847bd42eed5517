"""More passwords at one moment than a process takes on: nobody waits, and nobody loses anything."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import password_hasher
from accounts.errors import TooManyAtOnce
from accounts.models import OutboxMail, Tenant, User
from accounts.pages import sign_in_email
from accounts.roles import Role
from accounts.services import invitations
from accounts.services.invitations import invite_member
from tests.factories import PASSWORD, acting, signed_in

LOGIN = "/accounts/login/"
EMAIL = "/accounts/email/"
CHANGE = "/accounts/password/change/"
IDA = "ida@example.com"
NEW_PASSWORD = "a long enough sentence"
AGAIN = "Try again in 2 seconds"

pytestmark = pytest.mark.usefixtures("endless_windows")


@pytest.fixture
def calm_hasher(settings: Any) -> None:
    """Hash as production does, though faster."""
    settings.PASSWORD_HASHERS = ["tests.quick_passwords.QuickCalmArgon2"]


@pytest.fixture
def disperse(calm_hasher: None) -> Iterator[Callable[[], None]]:
    """As many sign in at this moment as a process takes on. Call it, and they have ended."""
    with ExitStack() as crowd:
        for _ in range(password_hasher.IN_HAND):
            crowd.enter_context(password_hasher._turns._places)
        yield crowd.close


def crowded(answer: Any, *, but_kept: str = "") -> bool:
    """Whether it is a 429 that says when to try again, and in which nothing typed is lost."""
    page = answer.content.decode()
    assert AGAIN in page
    assert but_kept in page
    assert PASSWORD not in page
    assert NEW_PASSWORD not in page
    return (answer.status_code, answer["Retry-After"]) == (429, "2")


def mailed_link(email: str, pattern: str) -> str:
    """The newest link of this pattern that was mailed to `email`."""
    for text in OutboxMail.objects.filter(to=email).order_by("-pk").values_list("text", flat=True):
        if found := re.search(pattern, text):
            return found[0]
    raise AssertionError(pattern)


def test_signing_in_is_refused_and_costs_no_attempt(
    alice: User, disperse: Callable[[], None]
) -> None:
    form = {"login": alice.email, "password": PASSWORD}
    for _ in range(6):  # 5 wrong passwords are looked at
        assert crowded(Client().post(LOGIN, form), but_kept=f'value="{alice.email}"')
    disperse()
    assert Client().post(LOGIN, form).status_code == 302


def test_it_says_the_same_for_an_account_that_does_not_exist(
    alice: User, disperse: Callable[[], None]
) -> None:
    pages = [
        Client().post(LOGIN, {"login": email, "password": PASSWORD}).content.decode()
        for email in (alice.email, "nobody@example.com")
    ]
    first, second = (re.sub(r'token" value="\w+"', "", page) for page in pages)
    assert first == second.replace("nobody@", "alice@")
    assert "code by mail" not in first


def test_a_mailed_code_stays_good(alice: User, disperse: Callable[[], None]) -> None:
    Client().post("/accounts/login/mail-code/", {"login": alice.email})
    code = mailed_link(alice.email, r"(?m)^[A-Z2-7]{4} [A-Z2-7]{4}$")
    form = {"login": alice.email, "password": PASSWORD, "code": code}
    for _ in range(21):  # 20 codes may be tried
        assert crowded(Client().post(LOGIN, form), but_kept=code)
    disperse()
    assert Client().post(LOGIN, form).status_code == 302


def test_another_sign_in_email_is_asked_for_again(
    alice: User, disperse: Callable[[], None]
) -> None:
    client, form = signed_in(alice), {"email": "new@example.com", "password": PASSWORD}
    for _ in range(11):  # 10 wrong passwords are looked at
        assert crowded(client.post(EMAIL, form), but_kept="new@example.com")
    assert not OutboxMail.objects.exists()
    disperse()
    assert client.post(EMAIL, form).status_code == 303


def test_a_password_is_changed_later(alice: User, disperse: Callable[[], None]) -> None:
    client = signed_in(alice)
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert crowded(client.post(CHANGE, form))
    disperse()
    assert client.post(CHANGE, form).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)


def test_a_password_stays_whose_old_one_was_right_and_whose_new_one_was_too_many(
    alice: User, calm_hasher: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> str:
        raise TooManyAtOnce

    monkeypatch.setattr(Argon2PasswordHasher, "encode", refuse)
    client = signed_in(alice)
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert crowded(client.post(CHANGE, form))
    assert client.get("/account/").status_code != 302
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_link_to_a_new_password_works_still(alice: User, disperse: Callable[[], None]) -> None:
    client = Client()
    client.post("/accounts/password/reset/", {"email": alice.email})
    link = mailed_link(alice.email, r"/accounts/password/reset/key/\S+")
    page = client.get(link)["Location"]
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert crowded(client.post(page, form))
    disperse()
    assert client.post(client.get(link)["Location"], form).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)


@pytest.fixture
def invitation(alice: User, northwind: Tenant) -> str:
    """The link in the mail to Ida, who is new."""
    invite_member(actor=acting(alice), tenant=northwind, email=IDA, role=Role.GL)
    return mailed_link(IDA, r"/invitation/[\w-]+/")


def test_who_joins_sends_the_form_again(invitation: str, disperse: Callable[[], None]) -> None:
    form = {"name": "Ida Holm", "password": NEW_PASSWORD}
    assert crowded(Client().post(invitation, form), but_kept='value="Ida Holm"')
    assert not User.objects.filter(email=IDA).exists()
    disperse()
    assert Client().post(invitation, form).status_code == 303
    assert User.objects.get(email=IDA).check_password(NEW_PASSWORD)


def test_nobody_of_a_tenant_waits_for_a_newcomers_password(
    invitation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[bool] = []
    with CaptureQueriesContext(connection) as asked:

        def hashed(_: str) -> str:
            locked.append(any("FOR NO KEY UPDATE" in query["sql"] for query in asked))
            return "!"

        monkeypatch.setattr(invitations, "make_password", hashed)
        Client().post(invitation, {"name": "Ida Holm", "password": NEW_PASSWORD})
    assert locked == [False]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("page", "form"),
    [
        (LOGIN, {"login": "alice@example.com", "password": PASSWORD}),
        (EMAIL, {"email": "new@example.com", "password": PASSWORD}),
        (CHANGE, {"oldpassword": PASSWORD, "password1": "x", "password2": "x"}),
    ],
)
def test_no_count_is_locked_while_a_password_is_looked_at(
    page: str, form: dict[str, str], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_transactions: list[bool] = []

    def verify(*_: Any) -> bool:
        open_transactions.append(connection.in_atomic_block)
        return False

    monkeypatch.setattr(Argon2PasswordHasher, "verify", verify)
    (Client() if page == LOGIN else signed_in(alice)).post(page, form)
    assert open_transactions == [False]


def test_a_page_that_does_not_expect_it_answers_429(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> HttpResponse:
        raise TooManyAtOnce

    monkeypatch.setattr(sign_in_email, "waiting_change", refuse)
    answer = signed_in(alice).get(EMAIL)
    assert (answer.status_code, answer["Retry-After"]) == (429, "2")
    assert "Try again in 2 seconds" in answer.content.decode()
