"""The main journey without JavaScript: pages in place of dialogs, and nothing missing."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from apikeys.models import KeyUsage
from apikeys.services.keys import CreatedKey
from tests.browser import rest_calls
from tests.browser.key_pages import create_key, names, row, sign_in
from tests.browser.visits import Visits
from tests.noted_uses import written
from tests.served_portal import ServedPortal


@pytest.fixture
def page(visit: Visits) -> Page:
    """A page before sign-in, in a browser that runs no script."""
    return visit(java_script_enabled=False)


def test_an_admin_creates_uses_promotes_and_deletes_a_key(
    page: Page, served_portal: ServedPortal, northwind: Tenant, alice: User
) -> None:
    sign_in(page, alice)
    expect(page.get_by_role("heading", level=1)).to_have_text("Northwind Traders")
    page.get_by_role("link", name="API keys", exact=True).click()
    page.get_by_role("link", name="Create key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Create key")

    secret = create_key(page).secret
    assert rest_calls.list_status(served_portal, secret) == 200
    page.get_by_role("link", name="Done").click()
    expect(names(page)).to_have_text(["Payroll"])

    assert rest_calls.create(served_portal, secret, "Too early").status_code == 403
    make_admin(page)
    assert rest_calls.create(served_portal, secret, "By program").status_code == 201

    assert written(KeyUsage.objects.exists)  # the question before deleting tells of it
    delete(page)
    assert rest_calls.list_status(served_portal, secret) == 401


def make_admin(page: Page) -> None:
    """The page asks a second time as well."""
    page.get_by_role("link", name="Change role of Payroll").click()
    page.get_by_role("radio", name="Everything").check()
    page.get_by_role("button", name="Change role").click()
    expect(page.get_by_text("Confirm that the key may do everything").first).to_be_visible()
    page.get_by_label("Yes, this key may do everything").check()
    page.get_by_role("button", name="Change role").click()
    expect(page.get_by_text("Payroll is now Admin")).to_be_visible()
    page.get_by_role("link", name="API keys", exact=True).first.click()
    expect(row(page, "Payroll").locator(".role")).to_have_text("Admin")


def delete(page: Page) -> None:
    """The confirmation is a page that says what it will hit."""
    page.get_by_role("link", name="Delete Payroll").click()
    for words in ("Payroll", "Northwind Traders", "Sandbox", "A program still uses this key"):
        expect(page.get_by_role("main").get_by_text(words).first).to_be_visible()
    page.get_by_role("button", name="Delete key").click()
    expect(page.get_by_text("Payroll was deleted")).to_be_visible()
    expect(names(page)).to_have_text(["By program"])


def test_the_reveal_offers_nothing_that_needs_a_script(
    visit: Visits, northwind: Tenant, alice: User
) -> None:
    page = visit(alice, java_script_enabled=False)
    page.goto(f"/account/{northwind.public_id}/keys/new/")
    create_key(page)
    for name in ("Copy Client secret", "Download .env"):
        expect(page.get_by_role("button", name=name)).to_be_hidden()
    expect(page.get_by_label("I have stored the secret")).to_be_hidden()
    page.get_by_text("The lines of the .env file").first.click()
    expect(page.locator("#env-file")).to_be_visible()


def test_a_key_is_edited_on_its_page(
    visit: Visits, payroll: CreatedKey, northwind: Tenant, alice: User
) -> None:
    page = visit(alice, java_script_enabled=False)
    page.goto(f"/account/{northwind.public_id}/keys/{payroll.key.client_id}/")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Name").fill("Wages")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wages")
    expect(page.get_by_text("Wages was saved.")).to_be_visible()
