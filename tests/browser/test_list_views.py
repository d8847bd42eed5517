"""Search, filter and sort: the address reproduces the view, and Back brings the last one back."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from accounts.roles import Role
from tests.browser.key_pages import dialog, key_list, names
from tests.browser.visits import Visits
from tests.factories import let_expire, make_key, make_revoked_key


@pytest.fixture(autouse=True)
def keys(northwind: Tenant) -> None:
    """Four keys, one of them deleted."""
    make_key(northwind, name="Beta payroll", role=Role.GL)
    make_key(northwind, name="Alpha payroll")
    make_key(northwind, name="Gamma")
    make_revoked_key(northwind, name="Delta payroll")


@pytest.fixture
def page(visit: Visits, alice: User, northwind: Tenant) -> Page:
    """Alice's key list."""
    page = visit(alice)
    page.goto(key_list(northwind))
    expect(names(page)).to_have_text(["Gamma", "Alpha payroll", "Beta payroll"])
    return page


def search_filter_and_sort(page: Page) -> None:
    """All three, one after the other; the sort of the view outlives the next search."""
    page.get_by_role("link", name="Name", exact=True).click()
    expect(names(page)).to_have_text(["Alpha payroll", "Beta payroll", "Gamma"])
    page.get_by_role("searchbox").fill("payroll")
    expect(names(page)).to_have_text(["Alpha payroll", "Beta payroll"])
    page.get_by_label("Show deleted and expired").check()
    expect(names(page)).to_have_text(["Alpha payroll", "Beta payroll", "Delta payroll"])


def test_a_copied_address_shows_the_same_view(page: Page, visit: Visits, alice: User) -> None:
    search_filter_and_sort(page)
    expect(page).to_have_url(re.compile(r"\?(?=.*q=payroll)(?=.*all=1)(?=.*sort=name)"))
    other = visit(alice)
    other.goto(page.url)
    expect(names(other)).to_have_text(["Alpha payroll", "Beta payroll", "Delta payroll"])
    expect(other.get_by_role("searchbox")).to_have_value("payroll")
    expect(other.get_by_label("Show deleted and expired")).to_be_checked()
    expect(other.locator("th[aria-sort=ascending]")).to_have_text("Name")


def test_back_and_forward_move_between_views(page: Page) -> None:
    """With the fields above the table in step."""
    search_filter_and_sort(page)
    page.go_back(wait_until="commit")
    expect(names(page)).to_have_text(["Alpha payroll", "Beta payroll"])
    expect(page.get_by_label("Show deleted and expired")).not_to_be_checked()
    page.go_back(wait_until="commit")
    expect(names(page)).to_have_text(["Alpha payroll", "Beta payroll", "Gamma"])
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.go_forward(wait_until="commit")
    expect(names(page)).to_have_text(["Alpha payroll", "Beta payroll"])
    expect(page.get_by_role("searchbox")).to_have_value("payroll")


def test_typing_keeps_the_focus_and_says_the_result(page: Page) -> None:
    page.get_by_role("searchbox").press_sequentially("gam")
    expect(names(page)).to_have_text(["Gamma"])
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("1 active key for “gam”")


def test_the_role_filter_needs_no_button(page: Page) -> None:
    page.get_by_label("Role", exact=True).select_option("GL")
    expect(names(page)).to_have_text(["Beta payroll"])
    expect(page).to_have_url(re.compile(r"\?role=GL$"))
    page.get_by_role("link", name="Clear search and filters").click()
    expect(names(page)).to_have_count(3)


def test_the_view_survives_a_change_of_a_key(page: Page) -> None:
    page.get_by_role("searchbox").fill("payroll")
    expect(names(page)).to_have_text(["Alpha payroll", "Beta payroll"])
    page.get_by_role("link", name="Delete Alpha payroll").click()
    page.get_by_role("button", name="Delete key").click()
    expect(dialog(page)).to_be_hidden()
    expect(names(page)).to_have_text(["Beta payroll"])


def test_the_head_of_the_list_follows_its_table(page: Page) -> None:
    expect(page.locator(".slots__figure")).to_have_text("3 of 10")
    page.get_by_role("link", name="Delete Gamma").click()
    page.get_by_role("button", name="Delete key").click()
    expect(page.locator(".slots__figure")).to_have_text("2 of 10")


def test_an_expired_key_announces_itself_until_it_is_extended(
    page: Page, northwind: Tenant
) -> None:
    let_expire(make_key(northwind, name="Late").key, ago=timedelta(days=1))
    page.reload()
    announcement = page.locator("#key-head .notice")
    expect(announcement).to_contain_text("Late expired yesterday: extend")
    announcement.get_by_role("link", name="extend Late").click()
    page.get_by_role("radio", name="90 days").check()
    page.get_by_role("button", name="Save changes").click()
    expect(announcement).to_have_count(0)
    expect(names(page).first).to_have_text("Late")


def test_without_javascript_the_button_searches(
    visit: Visits, alice: User, northwind: Tenant
) -> None:
    page = visit(alice, java_script_enabled=False)
    page.goto(key_list(northwind))
    page.get_by_role("link", name="Name", exact=True).click()
    page.get_by_role("searchbox").fill("payroll")
    page.get_by_label("Show deleted and expired").check()
    page.get_by_role("button", name="Search").click()
    expect(names(page)).to_have_text(["Alpha payroll", "Beta payroll", "Delta payroll"])
    page.go_back(wait_until="commit")
    expect(names(page)).to_have_text(["Alpha payroll", "Beta payroll", "Gamma"])
