"""Pages about people, access and the portfolio: axe finds nothing, and all fits on a phone."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from accounts.actor import StaffActor
from accounts.models import Invitation, StaffRole, Tenant, User
from accounts.roles import Role
from accounts.services.invitations import invite_member
from accounts.services.memberships import add_member
from apikeys.models import AccessState
from apikeys.services.api_access import decline_request
from tests.apikeys.services.access_steps import ask, bring_to, suspend
from tests.browser.access_pages import access_page, portfolio_page
from tests.browser.axe import violations
from tests.browser.key_pages import dialog
from tests.browser.mailbox import Mailbox
from tests.browser.reflow import NARROW, too_wide
from tests.browser.scenes import Scene, fill
from tests.browser.visits import Visits
from tests.factories import (
    PLATFORM,
    acting,
    make_key,
    make_member,
    make_person,
    make_tenant,
    put_access,
)

WIDE: ViewportSize = {"width": 1280, "height": 720}
NEW = f"{'nina.' * 12}nina@{'subdomain.' * 6}example.com"
LONG = "reconciliation/" * 30
"""Hard on narrow pages: an address and a reason without a space."""

ACTS = {
    AccessState.NONE: {"enable/": "Enable API access?"},
    AccessState.REQUESTED: {
        "approve/": "Approve API access?",
        "decline/": "Decline this request?",
    },
    AccessState.ENABLED: {
        "suspend/": "Suspend API access?",
        "limit/": "Change the limit",
        "revoke-all/": "Delete all keys?",
        "invite-admin/": "Invite the first admin",
        "approve/": "Approve API access?",  # too late: it says how things stand
    },
    AccessState.SUSPENDED: {"restore/": "Restore API access?"},
}
"""What the manager may do in each state, with the heading of its page."""


def flaws(page: Page) -> list[str]:
    """What axe finds on the open page, and what sticks out at the width of a phone."""
    found = violations(page)
    page.set_viewport_size(NARROW)
    found += too_wide(page)
    page.set_viewport_size(WIDE)
    return found


def flaws_of(page: Page, base: str, pages: dict[str, str]) -> dict[str, list[str]]:
    """The flaws by path; a page must have its heading, or another one was looked at."""
    found = {}
    for path, heading in pages.items():
        page.goto(base + path)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        if here := flaws(page):
            found[path] = here
    return found


def send_empty(page: Page, button: str) -> None:
    """Send the form that is open, to see its errors."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#error-summary")).to_be_visible()


@pytest.fixture
def page(visit: Visits, alice: User) -> Page:
    """Alice's page."""
    return visit(alice)


@pytest.fixture
def manager(visit: Visits, rita: User) -> Page:
    """Rita's page."""
    return visit(rita)


@pytest.fixture
def members(northwind: Tenant, alice: User) -> str:
    """The path of Northwind's members; one is invited."""
    invite_member(actor=acting(alice), tenant=northwind, email=NEW, role=Role.ADMIN)
    return f"/account/{northwind.public_id}/members/"


@pytest.fixture
def scene(northwind: Tenant, alice: User) -> Scene:
    """Keys in every state."""
    return fill(northwind, alice)


def test_pages_about_members(page: Page, members: str, bob: User) -> None:
    invitation = f"invitations/{Invitation.objects.get().public_id}"
    pages = {
        "": "Members",
        "invite/": "Invite somebody",
        f"{bob.public_id}/role/": "Change role",
        f"{bob.public_id}/remove/": "Remove this member?",
        "leave/": "Leave Northwind Traders?",
        f"{invitation}/resend/": "Send this invitation again?",
        f"{invitation}/cancel/": "Cancel this invitation?",
    }
    assert flaws_of(page, members, pages) == {}


def test_what_pages_about_members_refuse(page: Page, members: str) -> None:
    """An invitation to nobody; and the last admin, who cannot leave."""
    page.goto(f"{members}invite/")
    page.get_by_role("radio", name="Everything").check()
    send_empty(page, "Send invitation")
    assert flaws(page) == []
    page.goto(f"{members}leave/")
    send_empty(page, "Leave")
    assert flaws(page) == []


def test_members_as_the_others_see_them(visit: Visits, members: str, vera: User) -> None:
    pages = {"": "Members", "leave/": "Leave Northwind Traders?"}
    assert flaws_of(visit(vera), members, pages) == {}


@pytest.mark.parametrize("state", AccessState)
def test_how_an_admin_sees_api_access(
    state: AccessState, page: Page, rita: User, northwind: Tenant, alice: User
) -> None:
    """After a request that was declined with a long reason."""
    put_access(northwind, AccessState.NONE)
    ask(northwind, alice, reason=LONG)
    decline_request(actor=StaffActor(rita), tenant=northwind, text=LONG)
    bring_to(state, northwind, alice, rita)
    assert flaws_of(page, access_page(northwind), {"": "API access"}) == {}
    if state == AccessState.NONE:
        send_empty(page, "Request API access")
        assert flaws(page) == []


def path_in_mail_to(person: User | str, directory: Path) -> str:
    """Without the portal's address: what the test itself sends names another one."""
    return urlsplit(Mailbox(directory).link_to(person)).path


def test_the_page_of_an_invitation(
    visit: Visits, members: str, alice: User, charlie: User, northwind: Tenant, tmp_path: Path
) -> None:
    """To somebody new, to somebody else, and after it was used."""
    link = path_in_mail_to(NEW, tmp_path)
    page = visit()
    assert flaws_of(page, link, {"": "You are invited"}) == {}
    send_empty(page, "Accept and sign in")
    assert flaws(page) == []
    assert flaws_of(visit(charlie), link, {"": "You are invited"}) == {}
    page.get_by_label("Your name").fill("Nina")
    page.get_by_label("Choose a password").fill("a sentence long enough")
    page.get_by_role("button", name="Accept and sign in").click()
    expect(page.get_by_text("Welcome to Northwind Traders.")).to_be_visible()
    for answered in (page, visit()):
        gone = {"": "This invitation is no longer valid"}
        assert flaws_of(answered, link, gone) == {}


def test_the_page_of_an_invitation_to_somebody_with_a_sign_in(
    visit: Visits, northwind: Tenant, alice: User, charlie: User, tmp_path: Path
) -> None:
    """Signed out, and signed in."""
    invite_member(actor=acting(alice), tenant=northwind, email=charlie.email, role=Role.GL)
    link = path_in_mail_to(charlie, tmp_path)
    for page in (visit(), visit(charlie)):
        assert flaws_of(page, link, {"": "You are invited"}) == {}


@pytest.mark.parametrize("person", ["rita", "oscar"])
def test_the_portfolio_and_its_queue(
    person: str, request: pytest.FixtureRequest, visit: Visits, rita: User, northwind: Tenant
) -> None:
    """With a tenant whose name is long, a request that waits and a tenant at its limit."""
    make_key(northwind)
    make_tenant("Full", relationship_manager=rita, key_limit=1)
    tenant = make_tenant("Juniper" * 14, relationship_manager=rita, access=AccessState.NONE)
    ask(tenant, make_member(tenant, Role.ADMIN, "Nina"), reason=LONG)
    pages = {
        "": "Portfolio",
        "?q=nothing-like-it": "Portfolio",
        "requests/": "Requests for API access",
        "new/": "Onboard an account",
    }
    page = visit(request.getfixturevalue(person))
    assert flaws_of(page, "/portfolio/", pages) == {}
    send_empty(page, "Open account and send invitation")
    assert flaws(page) == []


def test_the_portfolio_of_a_manager_without_a_tenant(visit: Visits, northwind: Tenant) -> None:
    robert = make_person("Robert", staff_role=StaffRole.RELATIONSHIP_MANAGER)
    pages = {"": "Portfolio", "requests/": "Requests for API access"}
    assert flaws_of(visit(robert), "/portfolio/", pages) == {}


@pytest.mark.parametrize(("state", "acts"), ACTS.items())
def test_a_tenants_page_and_what_can_be_done_there(
    state: AccessState,
    acts: dict[str, str],
    manager: Page,
    rita: User,
    northwind: Tenant,
    alice: User,
    members: str,
) -> None:
    fill(northwind, alice)
    put_access(northwind, AccessState.NONE)
    bring_to(state, northwind, alice, rita)
    pages = {"": "Northwind Traders"} | acts
    assert flaws_of(manager, portfolio_page(northwind), pages) == {}


def test_a_tenant_without_anything(manager: Page, rita: User) -> None:
    tenant = make_tenant("Empty", relationship_manager=rita, access=AccessState.NONE)
    assert flaws_of(manager, portfolio_page(tenant), {"": "Empty"}) == {}


def test_what_staff_ask_about_a_key_and_about_the_manager(
    visit: Visits, oscar: User, northwind: Tenant, alice: User
) -> None:
    """Also the forms with errors."""
    scene = fill(northwind, alice)
    page, base = visit(oscar), portfolio_page(northwind)
    delete = f"keys/{scene.used.client_id}/delete/"
    asked = {delete: "Delete this key?", "hand-over/": "Hand over this account"}
    assert flaws_of(page, base, {"": "Northwind Traders", **asked}) == {}
    send_empty(page, "Hand over")
    assert flaws(page) == []
    page.goto(f"{base}suspend/")
    send_empty(page, "Suspend API access")
    assert flaws(page) == []


@pytest.fixture
def newcomer(db: None) -> User:
    """In no account yet."""
    return make_person("Robert")


@pytest.fixture
def rita_in_two_accounts(rita: User, northwind: Tenant, contoso: Tenant) -> User:
    """Of the staff, and a member as well."""
    for tenant in (northwind, contoso):
        add_member(actor=PLATFORM, tenant=tenant, user=rita, role=Role.VIEWER)
    return rita


@pytest.mark.parametrize(
    "person", ["bob", "paula", "rita", "oscar", "newcomer", "rita_in_two_accounts"]
)
def test_where_people_land(person: str, request: pytest.FixtureRequest, visit: Visits) -> None:
    """With their menu open."""
    page = visit(request.getfixturevalue(person))
    page.goto("/")
    page.locator("user-menu summary").click()
    assert flaws(page) == []


@pytest.mark.parametrize("opener", ["#invite", "[id^=role-]", "[id^=remove-]", "#leave"])
def test_the_dialogs_about_members(opener: str, page: Page, members: str, bob: User) -> None:
    page.goto(members)
    page.locator(opener).first.click()
    expect(dialog(page)).to_be_visible()
    assert flaws(page) == []


@pytest.mark.parametrize("opener", ["#suspend", "#restore", "#limit", "#revoke-all"])
def test_the_dialogs_of_a_manager(
    opener: str, manager: Page, rita: User, northwind: Tenant, scene: Scene
) -> None:
    if opener == "#restore":
        suspend(northwind, rita)
    manager.goto(portfolio_page(northwind))
    manager.locator(opener).click()
    expect(dialog(manager)).to_be_visible()
    assert flaws(manager) == []
