"""Every dialog, in light and in dark: axe finds nothing."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from apikeys.services.keys import CreatedKey
from tests.browser.axe import violations
from tests.browser.key_pages import (
    create_in_dialog,
    dialog,
    finish,
    key_list,
    open_create_dialog,
)
from tests.browser.visits import Visits


@pytest.fixture
def page(visit: Visits, alice: User) -> Page:
    """Alice's page."""
    return visit(alice)


def test_the_create_dialog_with_errors(page: Page, northwind: Tenant) -> None:
    open_create_dialog(page, northwind)
    assert violations(page) == []
    page.get_by_label("Responsible person or team").fill("nobody")
    page.get_by_role("radio", name="Everything").check()
    page.get_by_role("radio", name="At a time of my own").check()
    page.get_by_role("button", name="Create key").click()
    expect(page.locator("#error-summary")).to_be_focused()
    assert violations(page) == []


def test_the_reveal_with_its_reminder(page: Page, northwind: Tenant) -> None:
    create_in_dialog(page, northwind)
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("alert").filter(has_text="Store the secret")).to_be_visible()
    for summary in page.locator("secret-reveal summary").all():
        summary.click()
    assert violations(page) == []
    finish(page)
    expect(page.get_by_role("link", name="Delete Payroll")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("opener", ["Change role of Payroll", "Edit Payroll", "Delete Payroll"])
def test_the_dialogs_that_change_a_key(
    opener: str, page: Page, northwind: Tenant, payroll: CreatedKey
) -> None:
    page.goto(key_list(northwind))
    page.get_by_role("link", name=opener).click()
    expect(dialog(page)).to_be_visible()
    assert violations(page) == []


def test_what_is_said_after_a_change(page: Page, northwind: Tenant, payroll: CreatedKey) -> None:
    page.goto(key_list(northwind))
    page.get_by_role("link", name="Delete Payroll").click()
    page.get_by_role("button", name="Delete key").click()
    expect(page.get_by_role("status").get_by_text("Payroll was deleted")).to_be_visible()
    assert violations(page) == []
