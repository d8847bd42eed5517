"""Viewers, GL members and outsiders see no control that they may not use."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from apikeys.services.keys import CreatedKey
from tests.browser.key_pages import key_list, names
from tests.browser.visits import Visits

CONTROLS = {
    "vera": [],
    "bob": ["Edit Payroll"],
    "alice": ["Change role of Payroll", "Edit Payroll", "Delete Payroll"],
}
COLUMNS = ["Name", "Role", "Created", "Last used", "Expires", "Status"]


@pytest.fixture
def page(visit: Visits, request: pytest.FixtureRequest, person: str) -> Page:
    """The page of the person named in the parameters."""
    return visit(request.getfixturevalue(person))


@pytest.mark.parametrize("person", CONTROLS)
def test_the_list_offers_what_the_role_may_do(
    person: str, page: Page, northwind: Tenant, payroll: CreatedKey
) -> None:
    page.goto(key_list(northwind))
    expect(names(page)).to_have_text(["Payroll"])
    expect(page.locator("#key-table a.action")).to_have_text(CONTROLS[person])
    expect(page.locator("#create-key")).to_have_count(1 if person == "alice" else 0)


@pytest.mark.parametrize("person", CONTROLS)
def test_columns_about_people_are_absent_and_not_blank(
    person: str, page: Page, northwind: Tenant, payroll: CreatedKey
) -> None:
    wanted = {
        "vera": COLUMNS,
        "bob": [*COLUMNS, "Actions"],
        "alice": ["Name", "Responsible", *COLUMNS[1:], "Actions"],
    }
    page.goto(key_list(northwind))
    expect(page.get_by_role("columnheader")).to_have_text(wanted[person])
    about_people = page.get_by_text("by Alice").or_(page.get_by_text("payroll@example.com"))
    expect(about_people).to_have_count(2 if person == "alice" else 0)


@pytest.mark.parametrize("person", CONTROLS)
def test_a_keys_page_offers_what_the_role_may_do(
    person: str, page: Page, northwind: Tenant, payroll: CreatedKey
) -> None:
    wanted = {"vera": [], "bob": ["Edit"], "alice": ["Edit", "Change role", "Delete"]}
    page.goto(f"{key_list(northwind)}{payroll.key.client_id}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Payroll")
    expect(page.locator(".page-head__actions a")).to_have_text(wanted[person])
    about_people = page.get_by_text("Responsible person").or_(page.get_by_text("Activity"))
    expect(about_people).to_have_count(2 if person == "alice" else 0)


@pytest.mark.parametrize("person", ["bob"])
def test_a_gl_member_edits_the_name_and_nothing_about_people(
    page: Page, northwind: Tenant, payroll: CreatedKey
) -> None:
    page.goto(key_list(northwind))
    page.get_by_role("link", name="Edit Payroll").click()
    form = page.get_by_role("dialog", name="Edit key")
    expect(form.get_by_label("Responsible person or team")).to_have_count(0)
    expect(form.get_by_role("radio")).to_have_count(0)
    form.get_by_label("Name", exact=True).fill("Wages")
    form.get_by_role("button", name="Save changes").click()
    expect(names(page)).to_have_text(["Wages"])


@pytest.mark.parametrize("person", ["charlie"])
def test_another_tenants_admin_gets_the_404_page(
    page: Page, northwind: Tenant, payroll: CreatedKey
) -> None:
    key = f"{key_list(northwind)}{payroll.key.client_id}/"
    for path in (f"/account/{northwind.public_id}/", key_list(northwind), key, f"{key}delete/"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text("This page does not exist")
        expect(page.get_by_text("Northwind")).to_have_count(0)


def test_a_role_that_was_taken_away_meanwhile_is_said_and_changes_nothing(
    visit: Visits, northwind: Tenant, payroll: CreatedKey, alice: User
) -> None:
    page = visit(alice)
    page.goto(key_list(northwind))
    page.get_by_role("link", name="Delete Payroll").click()
    button = page.get_by_role("button", name="Delete key")
    expect(button).to_be_visible()
    northwind.memberships.filter(user=alice).update(role="viewer")
    button.click()
    expect(page.get_by_text("You may not do this, or your page is too old.")).to_be_visible()
    payroll.key.refresh_from_db()
    assert payroll.key.revoked_at is None
