"""Every page, in light and in dark: axe finds nothing."""

import os

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from apikeys.models import AccessState
from apikeys.services.keys import CreatedKey
from tests.browser.axe import violations
from tests.browser.key_pages import create_on_page, key_list
from tests.browser.scenes import Scene, fill
from tests.browser.visits import Visits
from tests.factories import make_key, make_person, put_access

EVERY_PATH = ["", "keys/", "keys/new/"]
STATES = {
    AccessState.NONE: [""],
    AccessState.REQUESTED: [""],
    AccessState.SUSPENDED: EVERY_PATH,
    AccessState.ENABLED: ["keys/"],
}
"""The pages that say something of their own in a state; `PROVE=1` looks at all of them."""
if os.environ.get("PROVE"):
    STATES = dict.fromkeys(STATES, EVERY_PATH)


@pytest.fixture
def scene(northwind: Tenant, alice: User) -> Scene:
    """Keys in every state."""
    return fill(northwind, alice)


@pytest.fixture
def page(visit: Visits, alice: User) -> Page:
    """Alice's page."""
    return visit(alice)


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_pages_of_strangers(path: str, visit: Visits) -> None:
    page = visit()
    page.goto(path)
    assert violations(page) == []
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("#error-summary")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["", "corporate/", "partner/", "relationship-managers/"])
def test_the_guides(path: str, visit: Visits, rita: User) -> None:
    for page in (visit(), visit(rita)):
        page.goto(f"/help/{path}")
        assert violations(page) == []


def test_the_answer_to_a_password_reset(visit: Visits) -> None:
    page = visit()
    page.goto("/accounts/password/reset/")
    page.get_by_label("Email").fill("nobody@example.com")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/accounts/password/change/", "/accounts/logout/"])
def test_pages_about_oneself(path: str, page: Page) -> None:
    page.goto(path)
    assert violations(page) == []


def test_the_choice_of_accounts(page: Page, visit: Visits) -> None:
    page.goto("/account/")
    assert violations(page) == []
    newcomer = visit(make_person("Nora"))
    newcomer.goto("/account/")
    expect(newcomer.get_by_text("not a member of any account")).to_be_visible()
    assert violations(newcomer) == []


@pytest.mark.parametrize("person", ["alice", "vera"])
def test_the_overview(
    person: str, request: pytest.FixtureRequest, visit: Visits, northwind: Tenant, scene: Scene
) -> None:
    page = visit(request.getfixturevalue(person))
    page.goto(f"/account/{northwind.public_id}/")
    expect(page.get_by_role("heading", name="What needs you")).to_be_visible()
    page.locator("user-menu summary").click()
    assert violations(page) == []


@pytest.mark.parametrize(("state", "paths"), STATES.items())
def test_what_pages_say_in_each_state_of_api_access(
    state: AccessState, paths: list[str], page: Page, northwind: Tenant
) -> None:
    put_access(northwind, state)
    for path in paths:
        page.goto(f"/account/{northwind.public_id}/{path}")
        assert violations(page) == [], path


@pytest.mark.parametrize("query", ["", "?all=1&sort=name", "?q=nothing-like-it"])
def test_the_key_list(query: str, page: Page, northwind: Tenant, scene: Scene) -> None:
    page.goto(key_list(northwind) + query)
    assert violations(page) == []


def test_list_and_form_at_the_limit(page: Page, northwind: Tenant, alice: User) -> None:
    for number in range(10):
        make_key(northwind, name=f"Key {number}")
    for path in (key_list(northwind), f"{key_list(northwind)}new/"):
        page.goto(path)
        expect(page.get_by_text("All 10 active keys are in use").first).to_be_visible()
        assert violations(page) == []


@pytest.mark.parametrize("which", ["used", "expiring", "expired", "deleted"])
def test_a_keys_page(which: str, page: Page, northwind: Tenant, scene: Scene) -> None:
    key = getattr(scene, which)
    page.goto(f"{key_list(northwind)}{key.client_id}/")
    expect(page.get_by_role("heading", level=1)).to_have_text(key.name)
    assert violations(page) == []


def test_the_create_page_with_errors(page: Page, northwind: Tenant) -> None:
    page.goto(f"{key_list(northwind)}new/")
    assert violations(page) == []
    page.get_by_label("Responsible person or team").fill("nobody")
    page.get_by_role("button", name="Create key").click()
    expect(page.locator("#error-summary")).to_be_focused()
    assert violations(page) == []


@pytest.mark.parametrize(
    ("verb", "heading"),
    [("edit", "Edit key"), ("role", "Change role"), ("delete", "Delete this key?")],
)
def test_the_pages_that_change_a_key(
    verb: str, heading: str, page: Page, northwind: Tenant, scene: Scene
) -> None:
    page.goto(f"{key_list(northwind)}{scene.used.client_id}/{verb}/")
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert violations(page) == []


def test_the_reveal_and_its_second_answer(visit: Visits, northwind: Tenant, alice: User) -> None:
    page = visit(alice)
    page.on("dialog", lambda question: question.accept())
    create_on_page(page, northwind)
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("alert").filter(has_text="Store the secret")).to_be_visible()
    for summary in page.locator("secret-reveal summary").all():
        summary.click()
    assert violations(page) == []


def test_the_answer_that_the_key_exists(visit: Visits, northwind: Tenant, alice: User) -> None:
    """The form is sent once behind the page's back, then as usual."""
    page = visit(alice)
    page.goto(f"{key_list(northwind)}new/")
    form = page.locator("#key-form form")
    form.evaluate("form => fetch(form.action, {method: 'POST', body: new FormData(form)})")
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This key was already created")
    assert violations(page) == []


def test_error_pages(visit: Visits, northwind: Tenant, payroll: CreatedKey, vera: User) -> None:
    page = visit(vera)
    for path, words in {
        f"{key_list(northwind)}new/": "You may not do this",
        "/account/acct_00000000000000000000/": "This page does not exist",
    }.items():
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(words)
        assert violations(page) == []
