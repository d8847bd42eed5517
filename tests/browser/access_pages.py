"""What people do on the pages about API access, step by step.

Forms open in the dialog or on a page of their own, under the same id: the steps serve both.
"""

from playwright.sync_api import Page, expect

from accounts.models import Tenant

REASON = "We reconcile payouts every night."
CLIENT_TEXT = "We see unusual traffic. Please call us."
INTERNAL_NOTE = "Ticket 4711, fraud team informed"


def access_page(tenant: Tenant) -> str:
    """The path of the tenant's own page about its API access."""
    return f"/account/{tenant.public_id}/access/"


def portfolio_page(tenant: Tenant) -> str:
    """The path of the tenant in its manager's portfolio."""
    return f"/portfolio/{tenant.public_id}/"


def ask(page: Page) -> None:
    """As an admin, on the page about access."""
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Request API access").click()
    expect(page.get_by_role("heading", name="Waiting for approval")).to_be_visible()


def approve(page: Page) -> None:
    """As the manager, on the tenant's page, which then offers to suspend."""
    act(page, "Approve")
    expect(page.locator("#suspend")).to_be_visible()


def suspend(page: Page) -> None:
    """With both texts; the page then offers to restore."""
    act(
        page,
        "Suspend API access",
        {"What the client reads": CLIENT_TEXT, "Internal note": INTERNAL_NOTE},
    )
    expect(page.locator("#restore")).to_be_visible()


def restore(page: Page, *returning: str) -> None:
    """After reading which keys come back."""
    page.locator("#tenant-facts").get_by_role("link", name="Restore API access").click()
    coming = page.get_by_role("region", name="Keys that come back").locator("strong")
    expect(coming).to_have_text(returning)
    send(page, "Restore API access", {"Reason": "All clear."})
    expect(page.locator("#suspend")).to_be_visible()


def act(page: Page, name: str, texts: dict[str, str] | None = None) -> None:
    """Open what the tenant's page calls `name`, fill in `texts`, and say yes."""
    page.locator("#tenant-facts").get_by_role("link", name=name, exact=True).click()
    send(page, name, texts or {})


def send(page: Page, name: str, texts: dict[str, str]) -> None:
    """Send the form that is open."""
    form = page.locator("#action-form")
    for label, text in texts.items():
        form.get_by_label(label).fill(text)
    form.get_by_role("button", name=name, exact=True).click()
