"""Too many attempts, a code by mail, another sign-in email and back, as people see them."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from tests.browser.axe import violations
from tests.browser.mailbox import Mailbox
from tests.browser.reflow import NARROW, too_wide
from tests.browser.visits import Visits
from tests.factories import PASSWORD
from tests.sign_in_failures import fail_everywhere

NEW = "alice.new@example.com"


def send_sign_in(page: Page, user: User) -> None:
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def code_in(text: str) -> str:
    (code,) = [line for line in text.splitlines() if len(line) == len("ABCD EFGH")]
    return code


def flaws(page: Page) -> list[str]:
    """What axe finds, in light and dark, and what does not fit a small phone."""
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    found += violations(page)
    page.set_viewport_size(NARROW)
    return found + too_wide(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "without"])
def test_who_is_kept_out_by_strangers_comes_in_with_a_code(
    javascript: bool, visit: Visits, alice: User, mailbox: Mailbox
) -> None:
    fail_everywhere(alice)
    page = visit(java_script_enabled=javascript)
    page.goto("/accounts/login/?next=/account/")
    send_sign_in(page, alice)
    expect(page.locator("#error-summary")).to_contain_text("Try again in")
    expect(page.get_by_label("Email")).to_have_value(alice.email)
    page.get_by_role("button", name="Get a code by mail").click()
    expect(page.get_by_text("a code is on its way")).to_be_visible()
    (code,) = [
        line for line in mailbox.text_to(alice).splitlines() if len(line) == len("ABCD EFGH")
    ]
    page.get_by_label("Code from the mail").fill(code)
    send_sign_in(page, alice)
    expect(page).to_have_url(f"{page.url.split('/account')[0]}/account/")


def test_the_pages_of_too_many_attempts_are_accessible_and_fit(visit: Visits, alice: User) -> None:
    fail_everywhere(alice)
    page = visit()
    page.goto("/accounts/login/")
    send_sign_in(page, alice)
    expect(page.locator("#error-summary")).to_be_focused()
    assert flaws(page) == []
    page.get_by_role("button", name="Get a code by mail").click()
    expect(page.get_by_text("a code is on its way")).to_be_visible()
    assert flaws(page) == []


def test_the_wait_counts_down_and_says_when_it_is_over(visit: Visits, alice: User) -> None:
    fail_everywhere(alice)
    page = visit()
    page.clock.install()
    page.goto("/accounts/login/")
    send_sign_in(page, alice)
    said = page.locator("wait-time")
    before = said.text_content()
    page.clock.run_for(61_000)
    expect(said).not_to_have_text(before or "")
    page.clock.run_for(60 * 60_000)
    expect(said).to_have_text("You can try again now")
    expect(page.locator("#announcer")).to_have_text("You can try again now")


def test_a_sign_in_email_is_changed_and_undone(
    visit: Visits, alice: User, mailbox: Mailbox
) -> None:
    page = visit(alice)
    page.goto("/")
    page.locator("user-menu summary").click()
    page.get_by_role("link", name="Change sign-in email").click()
    page.get_by_label("New email").fill(NEW)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("Waiting for you:")).to_be_visible()
    assert flaws(page) == []
    stranger = visit()
    stranger.goto(urlsplit(mailbox.link_to(NEW)).path)
    assert flaws(stranger) == []
    stranger.get_by_role("button", name="Change my sign-in email").click()
    expect(stranger.get_by_text(f"From now on you sign in with {NEW}.")).to_be_visible()
    stranger.goto(urlsplit(mailbox.link_to(alice.email)).path)
    assert flaws(stranger) == []
    stranger.get_by_role("button", name=f"Keep {alice.email}").click()
    expect(stranger.get_by_role("heading", name="Set a new password")).to_be_visible()
    stranger.go_back()
    expect(stranger.get_by_role("heading", name="This link no longer works")).to_be_visible()
    assert flaws(stranger) == []
    page.goto("/account/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_person_sees_the_password_that_they_type_until_it_is_sent(
    visit: Visits, alice: User
) -> None:
    page = visit()
    page.goto("/accounts/login/")
    password = page.get_by_label("Password")
    password.fill("what I typed")
    page.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    assert not flaws(page)
    page.get_by_role("button", name="Hide password").click()
    expect(password).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show password").click()
    send_sign_in(page, alice)
    expect(page.locator("input[name=password]")).to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "without"])
def test_back_shows_nothing_after_signing_out(
    javascript: bool, visit: Visits, northwind: Tenant, alice: User
) -> None:
    page = visit(alice, java_script_enabled=javascript)
    page.goto(f"/account/{northwind.public_id}/")
    page.goto(f"/account/{northwind.public_id}/members/")
    page.get_by_text("Your menu, signed in as").locator("..").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_text("Northwind Traders")).to_have_count(0)


def test_without_javascript_there_is_no_button_that_does_nothing(visit: Visits) -> None:
    page = visit(java_script_enabled=False)
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Show")).to_have_count(0)
