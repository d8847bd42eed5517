"""The two ways out of the reveal for who cannot store the secret."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from apikeys.models import ApiKey
from tests.browser import rest_calls
from tests.browser.key_pages import (
    Revealed,
    create_in_dialog,
    create_on_page,
    dialog,
    names,
)
from tests.browser.visits import Visits
from tests.served_portal import ServedPortal

WAYS_IN = [(create_in_dialog, True), (create_on_page, True), (create_on_page, False)]


@pytest.mark.parametrize(("create", "javascript"), WAYS_IN)
def test_discarding_deletes_the_key_at_once(
    create: Callable[[Page, Tenant], Revealed],
    javascript: bool,
    visit: Visits,
    served_portal: ServedPortal,
    northwind: Tenant,
    alice: User,
) -> None:
    page = visit(alice, java_script_enabled=javascript)
    secret = create(page, northwind).secret
    page.get_by_text("Wrong role or account").click()
    page.get_by_role("button", name="Discard this key").click()
    expect(page.get_by_text("Payroll was deleted")).to_be_visible()
    expect(dialog(page)).to_be_hidden()
    expect(names(page)).to_have_count(0)
    assert secret not in page.content()
    assert rest_calls.list_status(served_portal, secret) == 401
    assert ApiKey.objects.get().revoked_at is not None


@pytest.mark.parametrize(("create", "javascript"), WAYS_IN)
def test_leaving_without_storing_warns_and_works(
    create: Callable[[Page, Tenant], Revealed],
    javascript: bool,
    visit: Visits,
    northwind: Tenant,
    alice: User,
) -> None:
    page = visit(alice, java_script_enabled=javascript)
    secret = create(page, northwind).secret
    page.get_by_text("Wrong role or account").click()
    expect(page.get_by_text("The key will then be of no use")).to_be_visible()
    page.get_by_role("link", name="Leave without storing").click()
    expect(names(page)).to_have_text(["Payroll"])
    expect(dialog(page)).to_be_hidden()
    assert secret not in page.content()
