"""What people do on the key pages, step by step, in the dialog or on a page of its own.

The dialog holds the same content as the page, under the same id, so most steps serve both.
"""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from accounts.models import Tenant, User
from tests.factories import PASSWORD

STORED = "I have stored the secret"
REMINDER = "Store the secret, then tick"


@dataclass(frozen=True)
class Revealed:
    """What the reveal shows this once."""

    secret: str
    client_id: str
    account_id: str


def key_list(tenant: Tenant) -> str:
    """The path of the tenant's key list."""
    return f"/account/{tenant.public_id}/keys/"


def sign_in(page: Page, person: User) -> None:
    """Through the form."""
    page.goto("/")
    sign_in_here(page, person)


def sign_in_here(page: Page, person: User) -> None:
    """On the sign-in page that stands in the way of another."""
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def dialog(page: Page) -> Locator:
    """The one dialog."""
    return page.locator("#dialog")


def open_create_dialog(page: Page, tenant: Tenant) -> None:
    """From the key list."""
    page.goto(key_list(tenant))
    page.locator("#create-key").click()
    expect(dialog(page)).to_be_visible()


def send_create_form(page: Page, name: str = "Payroll", role: str = "Read only") -> None:
    """Fill in the create form that is open, and press its button."""
    form = page.locator("#key-form")
    form.get_by_label("Name").fill(name)
    form.get_by_role("radio", name=role).check()
    form.get_by_role("button", name="Create key").click()


def create_key(page: Page, name: str = "Payroll", role: str = "Read only") -> Revealed:
    """Send the create form that is open; stops at the reveal."""
    send_create_form(page, name, role)
    return read_reveal(page)


def read_reveal(page: Page) -> Revealed:
    """Read off the three values."""
    expect(page.locator("#client-secret")).to_be_visible()
    return Revealed(
        secret=page.locator("#client-secret").inner_text(),
        client_id=page.locator("#client-id").inner_text(),
        account_id=page.locator("#account-id").inner_text(),
    )


def create_in_dialog(page: Page, tenant: Tenant, name: str = "Payroll") -> Revealed:
    """From the key list to the reveal, in the dialog."""
    open_create_dialog(page, tenant)
    return create_key(page, name)


def create_on_page(page: Page, tenant: Tenant, name: str = "Payroll") -> Revealed:
    """The same on the create form's own page."""
    page.goto(f"{key_list(tenant)}new/")
    return create_key(page, name)


def finish(page: Page) -> None:
    """Tick, and be done."""
    page.get_by_label(STORED).check()
    page.get_by_role("link", name="Done").click()


def rows(page: Page) -> Locator:
    """The rows of the key list."""
    return page.locator("#key-table tbody tr")


def names(page: Page) -> Locator:
    """The names in the key list, in its order."""
    return rows(page).locator(".key-name > a")


def row(page: Page, name: str) -> Locator:
    """One key's row."""
    return rows(page).filter(has=page.get_by_role("link", name=name, exact=True))
