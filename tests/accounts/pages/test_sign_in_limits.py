"""Guessing passwords: what it is slowed down by, and whom that must never keep out."""

import re
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.core import signing
from django.test import Client

from accounts.models import OutboxMail, User
from tests.factories import PASSWORD

LOGIN = "/accounts/login/"
CODE = "/accounts/login/mail-code/"
RESET = "/accounts/password/reset/"
STRANGER = "203.0.113.9"
OWNER = "198.51.100.1"
WRONG = "a wrong password"

pytestmark = pytest.mark.usefixtures("endless_windows")


def sign_in(
    email: str,
    password: str = PASSWORD,
    address: str = OWNER,
    client: Client | None = None,
    code: str = "",
) -> int:
    """Send the form; 302 means that it was accepted, 200 that the password was looked at."""
    form = {"login": email, "password": password, "code": code}
    return (client or Client()).post(LOGIN, form, REMOTE_ADDR=address).status_code


def guess(email: str, times: int, address: str = STRANGER) -> list[int]:
    return [sign_in(email, WRONG, address) for _ in range(times)]


def guess_from_everywhere(email: str, times: int = 25) -> list[int]:
    return [sign_in(email, WRONG, f"203.0.113.{number}") for number in range(times)]


def mailed_code(email: str) -> str:
    mail = OutboxMail.objects.filter(to=email, subject__contains="code").latest("pk")
    found = re.search(r"^[A-Z2-7]{4} [A-Z2-7]{4}$", mail.text, re.MULTILINE)
    assert found
    return found[0]


def ask_code(email: str, address: str = OWNER) -> int:
    return Client().post(CODE, {"login": email}, REMOTE_ADDR=address).status_code


def test_it_stops_looking_at_passwords_for_one_account_from_one_address(alice: User) -> None:
    assert guess(alice.email, 7) == [200] * 5 + [429] * 2
    assert sign_in(alice.email, PASSWORD, STRANGER) == 429
    assert sign_in(alice.email, PASSWORD, OWNER) == 302


@pytest.mark.parametrize("host", ["127.0.0.1:1", "127.0.0.1:2", "localhost:80"])
def test_the_host_that_a_client_names_changes_nothing(host: str, alice: User) -> None:
    guess(alice.email, 5)
    form = {"login": alice.email, "password": PASSWORD}
    answer = Client().post(LOGIN, form, REMOTE_ADDR=STRANGER, headers={"host": host})
    assert answer.status_code == 429


def test_asking_for_resets_forgets_no_failure(alice: User) -> None:
    guess(alice.email, 5)
    for number in range(320):
        address = f"203.0.113.{number % 250}"
        Client().post(RESET, {"email": f"{number}@example.com"}, REMOTE_ADDR=address)
    assert sign_in(alice.email, PASSWORD, STRANGER) == 429


@pytest.mark.parametrize("spelling", ["ALICE@example.com", " alice@example.com "])
def test_another_spelling_is_the_same_account(spelling: str, alice: User) -> None:
    guess(alice.email, 5)
    assert sign_in(spelling, PASSWORD, STRANGER) == 429


def test_addresses_of_one_ipv6_network_are_one(alice: User) -> None:
    for number in range(5):
        sign_in(alice.email, WRONG, f"2001:db8::{number:x}")
    assert sign_in(alice.email, PASSWORD, "2001:db8::ffff:1") == 429
    assert sign_in(alice.email, PASSWORD, "2001:db8:0:1::1") == 302


def test_one_address_cannot_go_through_many_accounts(alice: User) -> None:
    answers = [sign_in(f"{number}@example.com", WRONG, STRANGER) for number in range(70)]
    assert answers.count(200) == 60
    assert sign_in(alice.email, PASSWORD, STRANGER) == 429


def test_many_addresses_cannot_go_on_guessing_at_one_account(alice: User) -> None:
    assert guess_from_everywhere(alice.email).count(200) == 20
    assert sign_in(alice.email, PASSWORD, OWNER) == 429


def test_who_is_stopped_at_one_address_costs_the_account_nothing_more(alice: User) -> None:
    guess(alice.email, 40)
    assert sign_in(alice.email, PASSWORD, OWNER) == 302


def test_a_sign_in_that_succeeds_does_not_count(alice: User) -> None:
    assert [sign_in(alice.email) for _ in range(8)] == [302] * 8


def test_it_says_the_same_for_an_account_that_does_not_exist(alice: User) -> None:
    assert guess("nobody@example.com", 7) == guess(alice.email, 7)


def test_a_known_device_is_never_locked_out_by_strangers(alice: User) -> None:
    device = Client()
    assert sign_in(alice.email, client=device) == 302
    device.post("/accounts/logout/")
    guess_from_everywhere(alice.email)
    guess(alice.email, 70, OWNER)
    assert sign_in(alice.email) == 429
    assert sign_in(alice.email, client=device) == 302


def test_a_known_device_cannot_guess_without_end(alice: User) -> None:
    """Its cookie may have been stolen."""
    device = Client()
    sign_in(alice.email, client=device)
    device.post("/accounts/logout/")
    answers = [sign_in(alice.email, WRONG, client=device) for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2


def test_a_device_is_known_for_its_own_people_alone(alice: User, bob: User) -> None:
    device = Client()
    sign_in(bob.email, client=device)
    device.post("/accounts/logout/")
    guess_from_everywhere(alice.email)
    assert sign_in(alice.email, client=device) == 429


def test_a_device_cannot_make_itself_known(alice: User) -> None:
    guess_from_everywhere(alice.email)
    for value in (
        signing.dumps(
            {alice.public_id: ["0", 9e9, ""]}, key="guessed", salt="accounts.known_devices"
        ),
        signing.dumps({alice.public_id: ["0", 9e9]}, salt="another"),
        "",
        "x" * 4000,
        "\x00",
    ):
        client = Client()
        client.cookies["device"] = value
        assert sign_in(alice.email, client=client) == 429


def test_its_cookie_lasts_400_days_and_is_closed_to_scripts(alice: User) -> None:
    device = Client()
    sign_in(alice.email, client=device)
    cookie = device.cookies["device"]
    assert (cookie["max-age"], cookie["httponly"]) == (400 * 24 * 60 * 60, True)
    assert alice.email not in cookie.value


def test_a_code_by_mail_always_leads_to_the_password(alice: User) -> None:
    guess_from_everywhere(alice.email)
    assert ask_code(alice.email) == 200
    assert sign_in(alice.email, WRONG, code=mailed_code(alice.email)) == 200
    assert sign_in(alice.email, code=mailed_code(alice.email).lower().replace(" ", "-")) == 302


def test_strangers_cannot_use_the_codes_up(alice: User) -> None:
    """They spend the mails of an hour, but the code in them is the owner's."""
    answers = [ask_code(alice.email, STRANGER) for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
    guess_from_everywhere(alice.email)
    assert ask_code(alice.email) == 429
    assert sign_in(alice.email, code=mailed_code(alice.email)) == 302


def test_who_sits_beside_a_guesser_comes_in_with_a_code(alice: User) -> None:
    """One address for both: an office, or a proxy that is not configured."""
    for number in range(70):
        sign_in(f"{number}@example.com", WRONG, OWNER)
    for _ in range(25):
        sign_in("nobody@example.com", WRONG, OWNER, code="AAAAAAAA")
    for number in range(25):
        ask_code(f"{number}@example.com", OWNER)
    assert sign_in(alice.email) == 429
    assert ask_code(alice.email) == 200
    assert sign_in(alice.email, code=mailed_code(alice.email)) == 302


def test_one_address_asks_for_so_many_codes(alice: User) -> None:
    """Beyond the first of each account."""
    answers = [ask_code(f"{number % 12}@example.com", STRANGER) for number in range(36)]
    assert answers.count(200) == 12 + 20
    assert ask_code(alice.email, STRANGER) == 200


def test_no_device_is_known_any_more_with_another_password(alice: User) -> None:
    """Whoever knew the old one may have kept a cookie."""
    device = Client()
    sign_in(alice.email, client=device)
    device.post("/accounts/logout/")
    alice.set_password("a longer sentence")
    alice.save()
    guess_from_everywhere(alice.email)
    assert sign_in(alice.email, "a longer sentence", client=device) == 429


def test_an_address_that_somebody_added_signs_nobody_in(alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="eve@example.com", verified=True)
    assert sign_in("eve@example.com") == 200


def test_a_code_without_the_password_opens_nothing(alice: User) -> None:
    ask_code(alice.email)
    assert sign_in(alice.email, WRONG, code=mailed_code(alice.email)) == 200


def test_a_code_is_its_persons_alone(alice: User, bob: User) -> None:
    ask_code(bob.email)
    guess_from_everywhere(alice.email)
    answer = sign_in(alice.email, code=mailed_code(bob.email))
    assert answer == 200
    assert not Client().get("/account/").context


def test_codes_cannot_be_guessed_without_end(alice: User) -> None:
    answers = [sign_in(alice.email, PASSWORD, STRANGER, code="AAAAAAAA") for _ in range(22)]
    assert answers == [200] * 20 + [429] * 2


def test_a_wrong_code_never_reaches_the_password(alice: User) -> None:
    assert sign_in(alice.email, PASSWORD, code="AAAA AAAA") == 200


def test_nobody_learns_from_a_code_who_has_an_account(alice: User) -> None:
    pages = [
        Client().post(CODE, {"login": email}, REMOTE_ADDR=OWNER).content.decode()
        for email in (alice.email, "nobody@example.com")
    ]
    first, second = (re.sub(r'token" value="\w+"', "", page) for page in pages)
    assert first == second.replace("nobody@", "alice@")
    assert [mail.to for mail in OutboxMail.objects.all()] == [alice.email]


ODD = ["", "no address", "a\x00@example.com", "\ud800@example.com", "á@example.com", "x" * 3_000]


@pytest.mark.parametrize("email", ODD)
@pytest.mark.parametrize("page", [LOGIN, CODE, RESET])
def test_odd_emails_are_told_so(page: str, email: str, db: None) -> None:
    form = {"login": email, "email": email, "password": PASSWORD, "code": "\x00"}
    encoded = urlencode(form, errors="surrogatepass")
    answer = Client().post(page, encoded, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert "address" in answer.content.decode() or "required" in answer.content.decode()


def test_a_disabled_person_gets_no_code(alice: User) -> None:
    User.objects.update(is_active=False)
    assert ask_code(alice.email) == 200
    assert not OutboxMail.objects.exists()


def test_it_says_when_to_try_again_and_what_helps(alice: User) -> None:
    guess(alice.email, 5)
    form = {"login": alice.email, "password": PASSWORD}
    answer = Client().post(LOGIN, form, REMOTE_ADDR=STRANGER)
    page = answer.content.decode()
    assert int(answer["Retry-After"]) > 0
    assert "Try again in" in page
    assert "get a code by mail" in page
    assert PASSWORD not in page


def test_a_reset_is_mailed_so_often_and_says_so(alice: User) -> None:
    """An address with an account and one without are answered alike."""
    for email in (alice.email, "nobody@example.com"):
        answers = [Client().post(RESET, {"email": email}, REMOTE_ADDR=OWNER) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [302] * 3 + [429]
        assert "The link in the last mail still works" in answers[3].content.decode()
    assert OutboxMail.objects.count() == 3


def test_one_address_asks_for_so_many_resets(alice: User) -> None:
    answers = [
        Client().post(RESET, {"email": f"{number}@example.com"}, REMOTE_ADDR=STRANGER).status_code
        for number in range(22)
    ]
    assert answers == [302] * 20 + [429] * 2
    assert Client().post(RESET, {"email": alice.email}, REMOTE_ADDR=OWNER).status_code == 302
