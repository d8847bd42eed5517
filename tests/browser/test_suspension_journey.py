"""The manager stops keys: for a while, which the client is told, or for good."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from apikeys.services.keys import CreatedKey
from tests.browser import rest_calls
from tests.browser.access_pages import (
    CLIENT_TEXT,
    INTERNAL_NOTE,
    access_page,
    portfolio_page,
    restore,
    send,
    suspend,
)
from tests.browser.key_pages import key_list, names
from tests.browser.mailbox import Mailbox
from tests.browser.visits import Visits
from tests.served_portal import ServedPortal


@pytest.fixture
def manager(
    visit: Visits, rita: User, northwind: Tenant, payroll: CreatedKey, admin_key: CreatedKey
) -> Page:
    """Rita's page, open at Northwind and its two keys."""
    page = visit(rita)
    page.goto(portfolio_page(northwind))
    return page


def refusal(portal: ServedPortal, key: CreatedKey) -> tuple[int, str]:
    """How a call with this key is refused."""
    answer = rest_calls.who_am_i(portal, key.secret.text)
    return answer.status_code, answer.json()["code"]


def test_it_stops_keys_until_access_is_restored(
    manager: Page, served_portal: ServedPortal, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    """Restoring names first what comes back."""
    assert rest_calls.who_am_i(served_portal, payroll.secret.text).status_code == 200
    suspend(manager)
    for key in (payroll, admin_key):
        assert refusal(served_portal, key) == (401, "access_suspended")
    restore(manager, "Back office", "Payroll")
    for key in (payroll, admin_key):
        assert rest_calls.who_am_i(served_portal, key.secret.text).status_code == 200


def test_it_tells_the_client_one_text_and_never_the_other(
    manager: Page,
    visit: Visits,
    northwind: Tenant,
    payroll: CreatedKey,
    alice: User,
    tmp_path: Path,
) -> None:
    """Not on a page, not in the mail; the manager reads both."""
    suspend(manager)
    for text in (CLIENT_TEXT, INTERNAL_NOTE):
        expect(manager.get_by_text(text).first).to_be_visible()
    page, keys = visit(alice), key_list(northwind)
    for path in (f"/account/{northwind.public_id}/", keys, access_page(northwind)):
        page.goto(path)
        expect(page.get_by_text(CLIENT_TEXT)).to_be_visible()
        assert INTERNAL_NOTE not in page.content()
    for path in (f"{keys}{payroll.key.client_id}/", "/account/"):
        page.goto(path)
        assert INTERNAL_NOTE not in page.content()
    mail = Mailbox(tmp_path).text_to(alice)
    assert CLIENT_TEXT in mail
    assert INTERNAL_NOTE not in mail


def test_it_deletes_every_key_once_the_name_was_typed(
    manager: Page,
    visit: Visits,
    served_portal: ServedPortal,
    northwind: Tenant,
    payroll: CreatedKey,
    admin_key: CreatedKey,
    alice: User,
) -> None:
    manager.get_by_role("link", name="Delete all keys").click()
    reason = {"Reason": "Leaked."}
    send(manager, "Delete 2 keys", {"Type the account’s name": "Northwind", **reason})
    expect(manager.locator("#error-summary")).to_be_focused()
    assert rest_calls.who_am_i(served_portal, payroll.secret.text).status_code == 200

    send(manager, "Delete 2 keys", {"Type the account’s name": "Northwind Traders", **reason})
    expect(manager.get_by_text("No key. Only the account’s admins can create keys")).to_be_visible()
    for key in (payroll, admin_key):
        assert refusal(served_portal, key)[0] == 401
    page = visit(alice)
    page.goto(f"{key_list(northwind)}?all=1")
    expect(names(page)).to_have_text(["Back office", "Payroll"])
    expect(page.locator("#key-table").get_by_text("Deleted", exact=True)).to_have_count(2)
