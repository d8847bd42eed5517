"""At 320 CSS pixels nothing needs sideways scrolling (WCAG 2.2, 1.4.10)."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from tests.browser.key_pages import create_in_dialog, create_on_page, dialog
from tests.browser.reflow import NARROW, too_wide
from tests.browser.scenes import fill
from tests.browser.visits import Visits


@pytest.fixture
def page(visit: Visits, alice: User) -> Page:
    """Alice's page, as wide as a small phone."""
    return visit(alice, viewport=NARROW)


def test_signing_in_fits(visit: Visits) -> None:
    page = visit(viewport=NARROW)
    page.goto("/accounts/login/")
    assert too_wide(page) == []


def test_the_guides_fit(visit: Visits) -> None:
    page = visit(viewport=NARROW)
    for path in ("", "corporate/", "partner/", "relationship-managers/"):
        page.goto(f"/help/{path}")
        assert too_wide(page) == [], path


def test_the_main_pages_fit(page: Page, northwind: Tenant, alice: User) -> None:
    scene = fill(northwind, alice)
    base = f"/account/{northwind.public_id}/"
    key = f"keys/{scene.used.client_id}/"
    for path in ("", "keys/", "keys/?all=1", "keys/new/", key, f"{key}edit/", f"{key}delete/"):
        page.goto(base + path)
        assert too_wide(page) == [], path
    page.goto("/account/")
    assert too_wide(page) == []


def test_the_menu_fits(page: Page) -> None:
    page.goto("/account/")
    page.locator("user-menu summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)
    assert too_wide(page) == []


def test_the_dialogs_fit(page: Page, northwind: Tenant) -> None:
    create_in_dialog(page, northwind)
    for summary in page.locator("secret-reveal summary").all():
        summary.click()
    assert too_wide(page) == []
    page.get_by_label("I have stored the secret").check()
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Delete Payroll").click()
    expect(dialog(page)).to_be_visible()
    assert too_wide(page) == []


def test_the_reveal_page_fits(page: Page, northwind: Tenant) -> None:
    page.on("dialog", lambda question: question.accept())
    create_on_page(page, northwind)
    for summary in page.locator("secret-reveal summary").all():
        summary.click()
    assert too_wide(page) == []
