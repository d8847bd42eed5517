"""Django's admin in a browser: it works under the policy of all pages, with nothing inline."""

from playwright.sync_api import expect

from accounts.models import User
from tests.browser.visits import Visits
from tests.factories import make_person


def test_an_operator_searches_reads_and_acts(visit: Visits, oscar: User, rita: User) -> None:
    """A violation of the content security policy would fail the visit."""
    make_person("Newcomer")
    page = visit(oscar)
    page.goto("/ops/")
    page.get_by_role("link", name="Users").click()
    page.locator("#searchbar").fill("newcomer")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="newcomer@example.com").click()
    expect(page.get_by_text("newcomer@example.com").first).to_be_visible()
    page.go_back()
    page.get_by_role("checkbox").last.check()
    page.locator('select[name="action"]').select_option("make_relationship_manager")
    page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).click()
    expect(page.get_by_text("Done for 1 of the people chosen.")).to_be_visible()
    for path in ("accounts/auditevent/", "accounts/tenant/", "apikeys/apikey/"):
        page.goto(f"/ops/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("button", name="theme").first.click()
