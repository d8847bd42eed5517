"""From no API access to a working key: an admin asks, the mail brings the manager, who approves."""

from playwright.sync_api import Page, expect

from accounts.models import StaffRole, Tenant, User
from tests.browser import rest_calls
from tests.browser.access_pages import REASON, access_page, approve, ask
from tests.browser.key_pages import create_key, finish, names, sign_in, sign_in_here
from tests.browser.mailbox import Mailbox
from tests.browser.visits import Visits
from tests.factories import make_person
from tests.served_portal import ServedPortal


def test_it_leads_from_a_request_to_a_key_that_passes(
    visit: Visits,
    served_portal: ServedPortal,
    mailbox: Mailbox,
    juniper: Tenant,
    nina: User,
    rita: User,
) -> None:
    page = visit()
    sign_in(page, nina)
    page.get_by_role("link", name="Request API access").click()
    ask(page)

    decide(visit(), rita, mailbox.link_to(rita))

    page.goto(mailbox.link_to(nina))
    page.get_by_role("link", name="API access", exact=True).click()
    expect(page.get_by_role("heading", name="Enabled")).to_be_visible()
    expect(page.get_by_text("by Rita")).to_be_visible()
    page.get_by_role("link", name="See the API keys").click()
    page.get_by_role("link", name="Create key").click()
    secret = create_key(page).secret
    answer = rest_calls.who_am_i(served_portal, secret)
    assert answer.status_code == 200
    assert juniper.public_id in answer.text
    finish(page)
    expect(names(page)).to_have_text(["Payroll"])


def decide(page: Page, manager: User, link: str) -> None:
    """Signed out until now, the manager comes to the request that the mail is about."""
    page.goto(link)
    sign_in_here(page, manager)
    expect(page).to_have_url(link)
    expect(page.get_by_role("heading", name="Juniper Books", level=1)).to_be_visible()
    expect(page.get_by_text(REASON, exact=True)).to_be_visible()
    approve(page)


def test_it_hides_the_request_from_another_manager(
    visit: Visits, mailbox: Mailbox, juniper: Tenant, nina: User, rita: User
) -> None:
    """Also from one who has the link."""
    page = visit(nina)
    page.goto(access_page(juniper))
    ask(page)
    link = mailbox.link_to(rita)
    robert = visit(make_person("Robert", staff_role=StaffRole.RELATIONSHIP_MANAGER))
    for path in ("", "approve/", "decline/"):
        answer = robert.goto(link + path)
        assert answer is not None
        assert answer.status == 404
        expect(robert.get_by_role("heading", level=1)).to_have_text("This page does not exist")
        expect(robert.get_by_text("Juniper")).to_have_count(0)
