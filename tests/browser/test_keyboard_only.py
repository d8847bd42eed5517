"""A key's life without a mouse: every stop is visible, and the focus returns."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from tests.browser.key_pages import dialog, key_list, names
from tests.browser.visits import Visits
from tests.factories import PASSWORD, make_key

STOPS = 60
FOCUS = """() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  return {
    name: at === document.body ? "BODY"
      : (at.innerText || at.labels?.[0]?.innerText || at.tagName).replace(/\\s+/g, " ").trim(),
    ringed: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.bottom > 0 && box.top < innerHeight && box.width > 0,
    inDialog: at.closest("#dialog") !== null,
  };
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until `name` has the focus; every stop on the way must be visible."""
    passed = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["name"] == "BODY":
            continue  # the browser's own bar, on the way round
        assert focus["ringed"], f"no focus ring on {focus['name']}"
        assert focus["inside"], f"{focus['name']} has the focus out of sight"
        if focus["name"].startswith(name):
            return
        passed.append(focus["name"])
    pytest.fail(f"Tab never came to {name!r}, only to {passed}")


@pytest.fixture
def page(visit: Visits, alice: User, northwind: Tenant) -> Page:
    """Alice's key list, with one older key in it."""
    make_key(northwind, name="Older")
    page = visit(alice)
    page.goto(key_list(northwind))
    return page


def test_signing_in_needs_no_mouse(visit: Visits, alice: User, northwind: Tenant) -> None:
    page = visit()
    page.goto("/")
    tab_to(page, "Email")
    page.keyboard.type(alice.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Northwind Traders")


def test_a_key_is_created_and_the_focus_returns(page: Page) -> None:
    tab_to(page, "Create key")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog-title")).to_be_focused()
    tab_to(page, "Name")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Payroll")
    page.keyboard.press("Enter")
    expect(page.locator("#client-secret")).to_be_visible()
    expect(page.locator("#dialog-title")).to_be_focused()
    tab_to(page, "I have stored the secret")
    page.keyboard.press("Space")
    tab_to(page, "Done")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_be_hidden()
    expect(names(page)).to_have_text(["Payroll", "Older"])
    expect(page.locator("#create-key")).to_be_focused()


def test_a_key_is_deleted_and_the_focus_goes_to_the_result(page: Page) -> None:
    """Its opener is gone with its row."""
    tab_to(page, "Delete Older")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog-title")).to_be_focused()
    tab_to(page, "Delete key")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_be_hidden()
    expect(names(page)).to_have_count(0)
    expect(page.locator("result-line")).to_be_focused()


def test_escape_closes_a_dialog_and_the_focus_returns(page: Page) -> None:
    tab_to(page, "Delete Older")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()
    expect(page.get_by_role("link", name="Delete Older")).to_be_focused()


def test_tab_stays_in_the_dialog(page: Page) -> None:
    tab_to(page, "Delete Older")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog-title")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus["inDialog"] or focus["name"] == "BODY"


def test_the_first_stop_skips_to_the_content(page: Page) -> None:
    tab_to(page, "Skip to main content")
    page.keyboard.press("Enter")
    tab_to(page, "Create key")
