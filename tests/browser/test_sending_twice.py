"""The same form, sent twice, makes one key; the second answer says that the key exists."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from accounts.models import Tenant, User
from apikeys.models import ApiKey
from tests.browser.key_pages import (
    Revealed,
    create_in_dialog,
    create_on_page,
    finish,
    key_list,
    names,
    open_create_dialog,
)
from tests.browser.visits import Visits

ALREADY = "This key was already created"
CLICK_TWICE = """() => {
  const button = document.querySelector("#key-form [type=submit]");
  button.click();
  setTimeout(() => button.click(), 30); // the first answer is not there yet
}"""


@pytest.fixture
def page(visit: Visits, alice: User) -> Page:
    """Alice's page."""
    return visit(alice)


def posts_of_two_clicks(page: Page) -> int:
    """Click twice before there is an answer; it must end at the reveal."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.evaluate(CLICK_TWICE)
    expect(page.locator("#client-secret")).to_be_visible()
    return sent.count("POST")


def test_a_double_click_in_the_dialog_reveals_the_one_key(page: Page, northwind: Tenant) -> None:
    open_create_dialog(page, northwind)
    assert posts_of_two_clicks(page) == 1
    assert ApiKey.objects.count() == 1
    finish(page)


def test_a_double_click_on_the_full_page_reveals_the_one_key(page: Page, northwind: Tenant) -> None:
    """A second answer would replace the one that holds the secret."""
    page.goto(f"{key_list(northwind)}new/")
    assert posts_of_two_clicks(page) == 1
    assert ApiKey.objects.count() == 1
    finish(page)


def test_a_double_click_without_javascript_makes_one_key(
    visit: Visits, northwind: Tenant, alice: User
) -> None:
    """Which answer the browser shows is its own affair."""
    page = visit(alice, java_script_enabled=False)
    page.goto(f"{key_list(northwind)}new/")
    page.get_by_role("button", name="Create key").dblclick()
    heading = page.get_by_role("heading", level=1)
    expect(heading.filter(has_text=ALREADY).or_(page.locator("#client-secret"))).to_be_visible()
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("create", [create_in_dialog, create_on_page])
def test_the_same_form_sent_again_is_told_that_the_key_exists(
    create: Callable[[Page, Tenant], Revealed], page: Page, northwind: Tenant
) -> None:
    with page.expect_request(lambda request: request.method == "POST") as sent:
        secret = create(page, northwind).secret
    status, text = send_again(page, sent.value)
    assert status == 409
    assert ALREADY in text
    assert "cannot be shown again" in text
    assert secret not in text
    assert ApiKey.objects.count() == 1
    finish(page)
    expect(names(page)).to_have_text(["Payroll"])


def send_again(page: Page, request: Request) -> tuple[int, str]:
    """The same bytes and headers, with the window's cookies."""
    headers = request.all_headers()
    kept = {name: value for name, value in headers.items() if not name.startswith(":")}
    answer = page.context.request.post(request.url, headers=kept, data=request.post_data_buffer)
    return answer.status, answer.text()
