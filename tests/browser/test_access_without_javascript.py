"""Asking, approving, suspending and restoring without JavaScript: pages in place of dialogs."""

from playwright.sync_api import expect

from accounts.models import Tenant, User
from apikeys.models import AccessState
from apikeys.services.keys import CreatedKey
from tests.browser import rest_calls
from tests.browser.access_pages import (
    CLIENT_TEXT,
    access_page,
    approve,
    ask,
    portfolio_page,
    restore,
    suspend,
)
from tests.browser.visits import Visits
from tests.factories import put_access
from tests.served_portal import ServedPortal


def test_it_goes_from_asking_to_restoring(
    visit: Visits,
    served_portal: ServedPortal,
    northwind: Tenant,
    payroll: CreatedKey,
    alice: User,
    rita: User,
) -> None:
    """The key is older than the request, as after access was taken away and asked for again."""
    put_access(northwind, AccessState.NONE)
    admin = visit(alice, java_script_enabled=False)
    admin.goto(access_page(northwind))
    ask(admin)

    manager = visit(rita, java_script_enabled=False)
    manager.goto("/portfolio/requests/")
    manager.get_by_role("link", name="Northwind Traders", exact=True).click()
    approve(manager)
    expect(manager.get_by_text("Northwind Traders has API access now.")).to_be_visible()
    assert rest_calls.who_am_i(served_portal, payroll.secret.text).status_code == 200

    suspend(manager)
    assert rest_calls.who_am_i(served_portal, payroll.secret.text).status_code == 401
    admin.reload()
    expect(admin.get_by_text(CLIENT_TEXT)).to_be_visible()

    manager.goto(portfolio_page(northwind))
    restore(manager, "Payroll")
    assert rest_calls.who_am_i(served_portal, payroll.secret.text).status_code == 200
    admin.reload()
    expect(admin.get_by_role("heading", name="Enabled")).to_be_visible()
