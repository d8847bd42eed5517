"""The documentation page in a browser: axe, narrow, without JavaScript, and its JavaScript."""

from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.documented import (
    blocks,
    environment,
    of_language,
    of_script,
    operations,
)
from tests.browser.axe import violations
from tests.browser.key_pages import create_on_page
from tests.browser.reflow import NARROW
from tests.browser.visits import Visits
from tests.served_portal import ServedPortal

DOCS = "/docs/"
TOO_WIDE = """() => [...document.querySelectorAll("html, body, main, pre, table, .docs-code")]
  .filter((box) => box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0)
  .map((box) => `${box.tagName} ${box.id}: ${box.scrollWidth} in ${box.clientWidth}`)"""
AS_A_MODULE = """async (env) => {
  const process = { env }, said = [];
  const console = { log: (...words) => said.push(words.join(" ")) };
  %s
  return said.join("\\n");
}"""


def opened(page: Page) -> Page:
    """The page with everything unfolded that can be open at once."""
    page.goto(DOCS)
    for summary in page.locator(".docs-more > summary").all():
        summary.click()
    return page


def test_axe_finds_nothing(visit: Visits) -> None:
    assert violations(opened(visit())) == []


def test_it_fits_a_narrow_window(visit: Visits) -> None:
    page = opened(visit(viewport=NARROW))
    assert page.evaluate(TOO_WIDE) == []


def test_it_reads_without_javascript(visit: Visits) -> None:
    page = visit(java_script_enabled=False)
    page.goto(DOCS)
    examples = page.locator("#create_key .docs-languages")
    expect(examples.locator("#create_key-curl")).to_be_visible()
    examples.get_by_text("Python", exact=True).click()
    expect(examples.locator("#create_key-python")).to_be_visible()
    expect(examples.locator("#create_key-curl")).to_be_hidden()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)


def test_the_keyboard_reaches_and_opens_a_language(visit: Visits) -> None:
    page = visit()
    page.goto(DOCS)
    page.locator("#create_key summary").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#create_key-python")).to_be_visible()
    page.locator("#create_key [aria-label='Python: Create a key']").focus()
    expect(page.locator(":focus")).to_have_attribute("role", "group")


def test_an_example_is_copied_as_it_stands(visit: Visits) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.goto(DOCS)
    page.get_by_role("button", name="Copy curl: Create a key").click()
    expect(page.get_by_text("curl: Create a key copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#create_key-curl").text_content()


def test_the_reveal_leads_to_it_without_being_left(
    visit: Visits, northwind: Tenant, alice: User
) -> None:
    page = visit(alice)
    secret = create_on_page(page, northwind).secret
    page.get_by_text("Try the key with curl").click()
    with page.context.expect_page() as opening:
        page.get_by_role("link", name="How programs send it").click()
    expect(opening.value.locator("#authentication")).to_be_visible()
    expect(page.locator("#client-secret")).to_have_text(secret)
    page.get_by_label("I have stored the secret").check()


def test_the_javascript_examples_work_each_by_itself(
    visit: Visits, served_portal: ServedPortal, admin_key: CreatedKey
) -> None:
    """Chromium's `fetch` stands in for Node's; `process.env` is given."""
    page = visit()
    page.goto(DOCS)
    examples = of_language(blocks(served_portal), "javascript")
    successes = {name: min(said["responses"]) for name, said in operations().items()}
    env = environment(served_portal, admin_key)
    seen = {}
    for name, code in examples.items():
        answer, told = of_script(page.evaluate(AS_A_MODULE % code, env))
        seen[name] = str(answer.status)
        env |= told
    assert seen == successes
