"""A session that ended meanwhile leads to the sign-in page, never into a dialog or a table."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Session, Tenant, User
from apikeys.services.keys import CreatedKey
from tests.browser.key_pages import dialog, key_list, open_create_dialog
from tests.browser.visits import Visits
from tests.factories import PASSWORD


def open_a_dialog(page: Page) -> None:
    """A GET by htmx."""
    page.get_by_role("link", name="Delete Payroll").click()


def search(page: Page) -> None:
    """A GET by htmx into the table, while typing."""
    page.get_by_role("searchbox").fill("pay")


def sort(page: Page) -> None:
    """A link that htmx follows."""
    page.get_by_role("link", name="Created").click()


@pytest.mark.parametrize("act", [open_a_dialog, search, sort])
def test_it_leads_to_the_sign_in_page(
    act: Callable[[Page], None],
    visit: Visits,
    northwind: Tenant,
    payroll: CreatedKey,
    alice: User,
) -> None:
    page = visit(alice)
    page.goto(key_list(northwind))
    Session.objects.all().delete()
    act(page)
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next="))
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(dialog(page)).to_be_hidden()
    expect(page.locator("#key-table")).to_have_count(0)


def test_a_form_sent_too_late_leads_there_and_back_to_the_form(
    visit: Visits, northwind: Tenant, alice: User
) -> None:
    page = visit(alice)
    open_create_dialog(page, northwind)
    Session.objects.all().delete()
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Create key")
    assert northwind.api_keys.count() == 0
