"""Signing in and out, and what a stranger learns and can spoil: nothing."""

from django.test import Client

from accounts.models import OutboxMail, User
from tests.factories import PASSWORD

LOGIN = "/accounts/login/"


def sign_in(client: Client, email: str, password: str, **extra: str) -> int:
    """Send the form; 302 means that it was accepted."""
    form = {"login": email, "password": password}
    return client.post(LOGIN, form, **extra).status_code  # type: ignore[arg-type]


def test_it_signs_in_by_email_in_any_case(alice: User) -> None:
    """A new session, and home."""
    client = Client()
    assert sign_in(client, "Alice@Example.com", PASSWORD) == 302
    assert client.get("/").status_code == 302


def test_it_signs_out_by_post_only(alice: User) -> None:
    """A link on another page cannot sign anybody out."""
    client = Client()
    sign_in(client, alice.email, PASSWORD)
    client.get("/accounts/logout/")
    assert client.get("/account/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/account/").status_code == 302


def test_it_refuses_a_disabled_person(alice: User) -> None:
    """Also with the right password."""
    User.objects.filter(pk=alice.pk).update(is_active=False)
    client = Client()
    sign_in(client, alice.email, PASSWORD)
    assert client.get("/account/").status_code == 302


def test_it_ends_the_session_of_a_person_who_is_disabled_meanwhile(alice: User) -> None:
    """The next request is a stranger's."""
    client = Client()
    sign_in(client, alice.email, PASSWORD)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get("/account/").status_code == 302


def test_it_says_the_same_for_a_wrong_password_and_an_unknown_email(alice: User) -> None:
    """Nobody learns who has an account."""
    pages = []
    for email in (alice.email, "zlice@example.com"):
        page = Client().post(LOGIN, {"login": email, "password": "wrong password"})
        pages.append(page.content.decode().replace(email, "…"))
    assert without_token(pages[0]) == without_token(pages[1])


def without_token(page: str) -> list[str]:
    """The page's lines without the CSRF token, which differs each time."""
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]


def test_it_answers_a_reset_for_a_stranger_like_one_for_a_member(alice: User) -> None:
    """The same page, as quickly; only the member gets a mail."""
    answers = [
        Client().post("/accounts/password/reset/", {"email": email})
        for email in (alice.email, "nobody@example.com")
    ]
    assert {answer["Location"] for answer in answers} == {"/accounts/password/reset/done/"}
    assert [mail.to for mail in OutboxMail.objects.all()] == [alice.email]


def test_nobody_signs_up_without_an_invitation(db: None) -> None:
    """The form is closed, and so is what it would post to."""
    form = {"email": "eve@example.com", "password1": PASSWORD}
    assert "invit" in Client().get("/accounts/signup/").content.decode()
    Client().post("/accounts/signup/", form)
    assert not User.objects.filter(email="eve@example.com").exists()
