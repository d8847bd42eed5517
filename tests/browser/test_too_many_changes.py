"""Who changes too much at once reads how long to wait, in the dialog and on a page."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from playwright.sync_api import Page, expect

from accounts.models import RateCounter, Tenant, User
from apikeys.services.keys import CreatedKey
from tests.browser.key_pages import dialog, key_list
from tests.browser.visits import Visits


@pytest.fixture
def page(visit: Visits, alice: User) -> Page:
    """Alice's page, after as many changes as she may make in a window that ends in a while."""
    RateCounter.objects.create(
        subject=f"change:{alice.pk}", window_start=Now() + timedelta(minutes=5), count=1000
    )
    return visit(alice)


def test_the_dialog_says_it_and_keeps_what_was_typed(
    page: Page, northwind: Tenant, payroll: CreatedKey
) -> None:
    page.goto(key_list(northwind))
    page.get_by_role("link", name="Edit Payroll").click()
    name = dialog(page).get_by_label("Name")
    name.fill("Wages")
    dialog(page).get_by_role("button", name="Save").click()
    said = dialog(page).get_by_role("alert").filter(has_text="Too many at once")
    expect(said).to_contain_text("wait 6 minutes")
    expect(name).to_have_value("Wages")


def test_the_page_says_it(page: Page, northwind: Tenant, payroll: CreatedKey) -> None:
    page.goto(f"{key_list(northwind)}{payroll.key.client_id}/edit/")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many attempts")
    expect(page.get_by_text("Try again in 6 minutes.")).to_be_visible()
