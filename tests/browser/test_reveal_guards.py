"""The reveal is held open until "I have stored the secret" is ticked."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from accounts.models import Tenant, User
from tests.browser.key_pages import (
    REMINDER,
    STORED,
    create_in_dialog,
    create_on_page,
    dialog,
    finish,
    key_list,
    names,
    open_create_dialog,
)
from tests.browser.visits import Visits


def press_escape(page: Page) -> None:
    """As one leaves any dialog."""
    page.keyboard.press("Escape")


def press_escape_twice(page: Page) -> None:
    """Browsers close a dialog on the second, whatever the page says."""
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")


def click_outside(page: Page) -> None:
    """On the backdrop, in the corner."""
    page.mouse.click(5, 5)


def click_done(page: Page) -> None:
    """Too early."""
    page.get_by_role("link", name="Done").click()


WAYS_OUT = [press_escape, press_escape_twice, click_outside, click_done]


@pytest.fixture
def page(visit: Visits, alice: User) -> Page:
    """Alice's page."""
    return visit(alice)


@pytest.mark.parametrize("way_out", WAYS_OUT)
def test_it_is_held_back_until_the_tick(
    way_out: Callable[[Page], None], page: Page, northwind: Tenant
) -> None:
    secret = create_in_dialog(page, northwind).secret
    way_out(page)
    expect(page.get_by_role("alert").filter(has_text=REMINDER)).to_be_visible()
    expect(page.get_by_label(STORED)).to_be_focused()
    expect(page.locator("#client-secret")).to_have_text(secret)
    finish(page)
    expect(dialog(page)).to_be_hidden()
    expect(names(page)).to_have_text(["Payroll"])


@pytest.mark.parametrize("way_out", [press_escape, click_outside])
def test_after_the_tick_every_way_out_is_open(
    way_out: Callable[[Page], None], page: Page, northwind: Tenant
) -> None:
    create_in_dialog(page, northwind)
    page.get_by_label(STORED).check()
    way_out(page)
    expect(dialog(page)).to_be_hidden()
    expect(page.locator("#client-secret")).to_have_count(0)
    expect(page.locator("#create-key")).to_be_focused()


def test_a_form_that_somebody_began_survives_a_click_outside(page: Page, northwind: Tenant) -> None:
    open_create_dialog(page, northwind)
    page.get_by_label("Name", exact=True).fill("Half a na")
    click_outside(page)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half a na")
    press_escape(page)
    expect(dialog(page)).to_be_hidden()


def test_an_untouched_form_closes_on_a_click_outside_and_not_on_its_edge(
    page: Page, northwind: Tenant
) -> None:
    """The edge is where a scroll bar would be."""
    open_create_dialog(page, northwind)
    box = dialog(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 0.5, box["y"] + box["height"] / 2)
    expect(dialog(page)).to_be_visible()
    click_outside(page)
    expect(dialog(page)).to_be_hidden()


def test_done_on_the_full_page_waits_for_the_tick(page: Page, northwind: Tenant) -> None:
    create_on_page(page, northwind)
    click_done(page)
    expect(page.get_by_role("alert").filter(has_text=REMINDER)).to_be_visible()
    finish(page)
    expect(page).to_have_url(f"{key_list(northwind)}")
    expect(names(page)).to_have_text(["Payroll"])


@pytest.mark.parametrize("create", [create_in_dialog, create_on_page])
def test_leaving_the_page_is_held_back_until_the_tick(
    create: Callable[[Page, Tenant], object], page: Page, northwind: Tenant
) -> None:
    asked: list[str] = []

    def stay(question: Dialog) -> None:
        asked.append(question.type)
        question.dismiss()

    page.on("dialog", stay)
    create(page, northwind)
    with page.expect_event("dialog"):
        page.evaluate("setTimeout(() => location.assign('/account/'))")
    expect(page.locator("#client-secret")).to_be_visible()
    assert asked == ["beforeunload"]
    page.get_by_label(STORED).check()
    page.goto("/account/")
    assert asked == ["beforeunload"]
