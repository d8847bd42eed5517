"""How people come in: by the link in a mail, once, with JavaScript and without."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from tests.browser.key_pages import sign_in_here
from tests.browser.mailbox import Mailbox
from tests.browser.visits import Visits

NEW = "nina@example.com"
PASSWORD = "a sentence long enough"
JAVASCRIPT = pytest.mark.parametrize(
    "javascript", [True, False], ids=["javascript", "no javascript"]
)


def invite(page: Page, tenant: Tenant, email: str) -> None:
    """As an admin: from the list of members, with the role GL."""
    page.goto(f"/account/{tenant.public_id}/members/")
    page.get_by_role("link", name="Invite somebody").click()
    form = page.locator("#action-form")
    form.get_by_label("Email").fill(email)
    form.get_by_role("radio", name="Read and change").check()
    form.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_role("rowheader", name=email)).to_be_visible()


def join(page: Page, password: str) -> None:
    """As somebody without a sign-in, on the invitation's page."""
    page.get_by_label("Your name").fill("Nina")
    page.get_by_label("Choose a password").fill(password)
    page.get_by_role("button", name="Accept and sign in").click()


def expect_in_northwind(page: Page) -> None:
    """Welcomed on the account's overview, with the role of the invitation."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Northwind Traders")
    expect(page.get_by_text("Welcome to Northwind Traders.")).to_be_visible()
    expect(page.get_by_text("You are GL in this account.")).to_be_visible()


@JAVASCRIPT
def test_it_lets_a_new_person_in_with_a_password_of_their_own(
    javascript: bool, visit: Visits, northwind: Tenant, alice: User, mailbox: Mailbox
) -> None:
    admin = visit(alice, java_script_enabled=javascript)
    invite(admin, northwind, NEW)
    page = visit(java_script_enabled=javascript)
    page.goto(mailbox.link_to(NEW))
    expect(page.get_by_text("Alice invites nina@example.com")).to_be_visible()
    join(page, "fourteen chars")
    expect(page.locator("#error-summary")).to_contain_text("at least 15 characters")
    join(page, PASSWORD)
    expect_in_northwind(page)
    admin.reload()
    expect(admin.get_by_role("rowheader", name="Nina")).to_be_visible()
    expect(admin.get_by_role("heading", name="Open invitations")).to_have_count(0)


@JAVASCRIPT
def test_it_lets_a_person_in_who_has_a_sign_in(
    javascript: bool, visit: Visits, northwind: Tenant, alice: User, charlie: User, mailbox: Mailbox
) -> None:
    """With the password that they have; what they had stays."""
    invite(visit(alice, java_script_enabled=javascript), northwind, charlie.email)
    page = visit(java_script_enabled=javascript)
    page.goto(mailbox.link_to(charlie))
    page.get_by_role("link", name="Sign in to accept").click()
    sign_in_here(page, charlie)
    page.get_by_role("button", name="Accept the invitation").click()
    expect_in_northwind(page)
    page.goto("/")
    expect(page.get_by_role("listitem").get_by_role("heading")).to_have_text(
        ["Contoso Foods", "Northwind Traders"]
    )


@JAVASCRIPT
def test_it_refuses_the_same_link_a_second_time(
    javascript: bool, visit: Visits, northwind: Tenant, alice: User, mailbox: Mailbox
) -> None:
    """To whoever comes, with a way on."""
    invite(visit(alice, java_script_enabled=javascript), northwind, NEW)
    link = mailbox.link_to(NEW)
    member, stranger = (visit(java_script_enabled=javascript) for _ in range(2))
    member.goto(link)
    join(member, PASSWORD)
    expect_in_northwind(member)
    for page, way_on in ((member, "Your accounts"), (stranger, "Sign in")):
        answer = page.goto(link)
        assert answer is not None
        assert answer.status == 410
        main = page.get_by_role("main")
        expect(main.get_by_role("heading")).to_have_text("This invitation is no longer valid")
        expect(main.get_by_text("Northwind")).to_have_count(0)
        expect(main.get_by_role("button")).to_have_count(0)
        main.get_by_role("link", name=way_on).click()
        expect(page.get_by_role("heading", name=way_on, level=1)).to_be_visible()
