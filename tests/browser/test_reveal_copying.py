"""Taking the secret along: copying it, and the .env file made in the browser."""

from pathlib import Path

from playwright.sync_api import Page, expect

from accounts.models import Tenant, User
from tests.browser.key_pages import create_in_dialog
from tests.browser.visits import Visits
from tests.served_portal import ServedPortal


def test_each_value_is_copied_and_said_aloud(visit: Visits, northwind: Tenant, alice: User) -> None:
    page = visit(alice, permissions=["clipboard-read", "clipboard-write"])
    revealed = create_in_dialog(page, northwind)
    values = {
        "Client secret": revealed.secret,
        "Client ID": revealed.client_id,
        "Account ID": revealed.account_id,
    }
    for what, value in values.items():
        page.get_by_role("button", name=f"Copy {what}").click()
        expect(page.get_by_role("status").get_by_text(f"{what} copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == value


def test_a_refusal_is_said_aloud_and_leaves_the_text_selected(
    visit: Visits, served_portal: ServedPortal, northwind: Tenant, alice: User
) -> None:
    page = visit(alice)
    deny_clipboard(page, served_portal.url)
    revealed = create_in_dialog(page, northwind)
    page.get_by_role("button", name="Copy Client secret").click()
    refused = page.get_by_role("status").get_by_text("Your browser refused; the text is selected")
    expect(refused).to_be_visible()
    assert page.evaluate("getSelection().toString()") == revealed.secret


def deny_clipboard(page: Page, origin: str) -> None:
    """As a person, or a company's policy, sets it in the browser's settings."""
    browser = page.context.browser
    assert browser is not None
    target = page.context.new_cdp_session(page).send("Target.getTargetInfo")["targetInfo"]
    for unsanitized in (False, True):
        browser.new_browser_cdp_session().send(
            "Browser.setPermission",
            {
                "permission": {
                    "name": "clipboard-write",
                    "allowWithoutSanitization": unsanitized,
                },
                "setting": "denied",
                "origin": origin,
                "browserContextId": target["browserContextId"],
            },
        )


def test_the_env_file_is_made_in_the_browser(
    visit: Visits, northwind: Tenant, alice: User, tmp_path: Path
) -> None:
    page = visit(alice)
    revealed = create_in_dialog(page, northwind)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download .env").click()
    download = downloading.value
    download.save_as(tmp_path / "saved")
    assert download.suggested_filename == f"{revealed.client_id}-sandbox.env"
    assert (tmp_path / "saved").read_text() == (
        f"CLIENT_ID={revealed.client_id}\n"
        f"CLIENT_SECRET={revealed.secret}\n"
        f"ACCOUNT_ID={revealed.account_id}\n"
    )
    expect(page.get_by_role("status").get_by_text("saved to your downloads")).to_be_visible()
    assert [url for url in requested if not url.startswith("blob:")] == []
