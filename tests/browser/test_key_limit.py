"""The eleventh key: the page names the limit and what to do."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from tests.browser.key_pages import key_list, open_create_dialog, rows, send_create_form
from tests.browser.visits import Visits
from tests.factories import make_key

FULL = "All 10 active keys are in use."
REMEDY = "To create another, delete one first."


def make_keys(tenant: Tenant, number: int) -> None:
    """Some active keys."""
    for name in range(number):
        make_key(tenant, name=f"Key {name}")


@pytest.fixture
def page(visit: Visits, alice: User) -> Page:
    """Alice's page."""
    return visit(alice)


def test_a_full_list_offers_no_button_until_a_key_is_deleted(page: Page, northwind: Tenant) -> None:
    make_keys(northwind, 10)
    page.goto(key_list(northwind))
    expect(page.get_by_role("link", name="Create key")).to_have_count(0)
    expect(page.locator("#create-key")).to_contain_text(f"{FULL} {REMEDY}")
    expect(page.locator("#create-key")).to_contain_text("rita@example.com")
    page.get_by_role("link", name="Delete Key 3").click()
    page.get_by_role("button", name="Delete key").click()
    expect(page.get_by_role("link", name="Create key")).to_be_visible()
    expect(page.locator(".slots__figure")).to_have_text("9 of 10")


def test_a_form_opened_before_is_told_so_in_the_dialog(page: Page, northwind: Tenant) -> None:
    make_keys(northwind, 9)
    open_create_dialog(page, northwind)
    make_key(northwind, name="Quicker")
    send_create_form(page, "Eleventh")
    expect(page.locator("#dialog")).to_contain_text(f"{FULL} {REMEDY}")
    expect(page.locator("#client-secret")).to_have_count(0)
    page.get_by_role("link", name="Back to the keys").click()
    expect(page.locator("#dialog")).to_be_hidden()
    assert northwind.api_keys.count() == 10


def test_the_last_free_place_is_taken_and_the_list_says_so(page: Page, northwind: Tenant) -> None:
    make_keys(northwind, 9)
    open_create_dialog(page, northwind)
    send_create_form(page, "Tenth")
    page.get_by_label("I have stored the secret").check()
    page.get_by_role("link", name="Done").click()
    expect(rows(page)).to_have_count(10)
    expect(page.locator("#create-key")).to_contain_text(FULL)
    expect(page.locator("#create-key")).to_be_focused()
