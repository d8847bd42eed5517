"""Back, Forward and Reload never show the secret again and never create a second key."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from apikeys.models import ApiKey
from tests.browser.key_pages import (
    create_in_dialog,
    create_on_page,
    dialog,
    finish,
    key_list,
    names,
)
from tests.browser.visits import Visits

PERSISTED = "addEventListener('pageshow', event => window.cameFromPageCache = event.persisted)"


def go(page: Page, steps: int) -> None:
    """As the browser's arrows do; a page from the page cache fires no load event to wait for."""
    (page.go_back if steps < 0 else page.go_forward)(wait_until="commit")


@pytest.fixture
def page(visit: Visits, alice: User) -> Page:
    """Alice's page; she says yes to leaving."""
    page = visit(alice)
    page.on("dialog", lambda question: question.accept())
    return page


def test_after_the_dialog_they_show_the_list(page: Page, northwind: Tenant) -> None:
    page.goto("/account/")
    secret = create_in_dialog(page, northwind).secret
    finish(page)
    expect(names(page)).to_have_text(["Payroll"])
    go(page, -1)
    expect(page.get_by_role("heading", name="Your accounts")).to_be_visible()
    go(page, +1)
    expect(names(page)).to_have_text(["Payroll"])
    page.reload()
    expect(names(page)).to_have_text(["Payroll"])
    assert secret not in page.content()
    assert ApiKey.objects.count() == 1


def test_reloading_the_open_dialog_shows_the_list(page: Page, northwind: Tenant) -> None:
    secret = create_in_dialog(page, northwind).secret
    page.reload()
    expect(names(page)).to_have_text(["Payroll"])
    expect(dialog(page)).to_be_hidden()
    assert secret not in page.content()
    assert ApiKey.objects.count() == 1


def test_back_loads_the_list_anew_without_the_dialog(page: Page, northwind: Tenant) -> None:
    """No browser keeps a page of somebody who is signed in (`no-store`)."""
    secret = create_in_dialog(page, northwind).secret
    page.evaluate(PERSISTED)
    page.goto("/account/")
    go(page, -1)
    expect(page.get_by_role("heading", name="API keys")).to_be_visible()
    assert not page.evaluate("window.cameFromPageCache === true")
    expect(dialog(page)).to_be_hidden()
    assert secret not in page.content()
    assert page.locator("secret-reveal").count() == 0
    assert ApiKey.objects.count() == 1


def test_after_the_full_page_they_show_the_key_and_the_form(page: Page, northwind: Tenant) -> None:
    revealed = create_on_page(page, northwind)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Payroll")
    go(page, -1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Create key")
    assert revealed.secret not in page.content()
    go(page, +1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Payroll")
    page.reload()
    assert revealed.secret not in page.content()
    assert ApiKey.objects.count() == 1


def test_leaving_the_full_page_and_coming_back_shows_the_key(page: Page, northwind: Tenant) -> None:
    revealed = create_on_page(page, northwind)
    page.goto("/account/")
    go(page, -1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Payroll")
    assert revealed.secret not in page.content()
    assert ApiKey.objects.count() == 1


def test_without_javascript_a_reload_says_that_the_key_exists(
    visit: Visits, northwind: Tenant, alice: User
) -> None:
    """The browser sends the form once more; a person is asked before, Playwright is not."""
    page = visit(alice, java_script_enabled=False)
    secret = create_on_page(page, northwind).secret
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("This key was already created")
    expect(page.get_by_text("cannot be shown again")).to_be_visible()
    assert secret not in page.content()
    assert ApiKey.objects.count() == 1


def test_without_javascript_back_shows_the_form_and_done_the_list(
    visit: Visits, northwind: Tenant, alice: User
) -> None:
    page = visit(alice, java_script_enabled=False)
    secret = create_on_page(page, northwind).secret
    go(page, -1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Create key")
    assert secret not in page.content()
    page.goto(key_list(northwind))
    expect(names(page)).to_have_text(["Payroll"])
    assert secret not in page.content()
    assert ApiKey.objects.count() == 1
