"""The way every customer goes: from signing in to a working key, to its end."""

from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from apikeys.models import KeyUsage
from tests.browser import rest_calls
from tests.browser.key_pages import (
    create_key,
    dialog,
    finish,
    names,
    row,
    rows,
    sign_in,
)
from tests.browser.visits import Visits
from tests.factories import make_key
from tests.noted_uses import written
from tests.served_portal import ServedPortal

MODAL = "dialog => dialog.matches(':modal')"


def test_an_admin_creates_uses_promotes_and_deletes_a_key(
    visit: Visits, served_portal: ServedPortal, northwind: Tenant, alice: User
) -> None:
    make_key(northwind, name="Older")
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, alice)
    expect(page.get_by_role("heading", level=1)).to_have_text("Northwind Traders")
    page.get_by_role("link", name="API keys", exact=True).click()

    secret = create_and_copy(page)
    assert rest_calls.list_status(served_portal, secret) == 200
    finish(page)
    expect(dialog(page)).to_be_hidden()
    expect(rows(page).first).to_contain_text("New")
    expect(names(page)).to_have_text(["Payroll", "Older"])
    expect(page.locator("#create-key")).to_be_focused()

    assert rest_calls.create(served_portal, secret, "Too early").status_code == 403
    make_admin(page)
    assert rest_calls.create(served_portal, secret, "By program").status_code == 201

    assert written(KeyUsage.objects.exists)  # the question before deleting tells of it
    delete(page)
    assert rest_calls.list_status(served_portal, secret) == 401
    assert rest_calls.create(served_portal, secret, "Too late").status_code == 401


def create_and_copy(page: Page) -> str:
    """Create "Payroll" in the dialog; what was copied is the secret that was shown."""
    page.get_by_role("link", name="Create key").click()
    expect(page.get_by_role("dialog", name="Create key")).to_be_visible()
    assert dialog(page).evaluate(MODAL)
    revealed = create_key(page)
    expect(page.get_by_role("dialog", name="Store the client secret now")).to_be_visible()
    page.get_by_role("button", name="Copy Client secret").click()
    expect(page.get_by_text("Client secret copied")).to_be_visible()
    copied: str = page.evaluate("navigator.clipboard.readText()")
    assert copied == revealed.secret
    assert copied.startswith(revealed.client_id)
    return copied


def make_admin(page: Page) -> None:
    """In the dialog, which asks a second time."""
    opener = page.get_by_role("link", name="Change role of Payroll")
    opener.click()
    form = page.get_by_role("dialog", name="Change role")
    form.get_by_role("radio", name="Everything").check()
    form.get_by_role("button", name="Change role").click()
    expect(form.get_by_text("Confirm that the key may do everything").first).to_be_visible()
    form.get_by_label("Yes, this key may do everything").check()
    form.get_by_role("button", name="Change role").click()
    expect(dialog(page)).to_be_hidden()
    expect(page.get_by_role("status").get_by_text("Payroll is now Admin")).to_be_visible()
    expect(row(page, "Payroll").locator(".role")).to_have_text("Admin")
    expect(opener).to_be_focused()


def delete(page: Page) -> None:
    """In the dialog, which says what it will hit; the key used just now is warned about."""
    page.get_by_role("link", name="Delete Payroll").click()
    form = page.get_by_role("dialog", name="Delete this key?")
    for words in ("Payroll", "Northwind Traders", "Sandbox", "A program still uses this key"):
        expect(form.get_by_text(words).first).to_be_visible()
    form.get_by_role("button", name="Delete key").click()
    expect(dialog(page)).to_be_hidden()
    expect(row(page, "Payroll")).to_have_count(0)
    expect(names(page)).to_have_text(["By program", "Older"])
