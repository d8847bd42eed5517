"""Takes the pictures of the guides at /help/ into static/help/: wide and phone, light and dark.

The steps stand in the order of a story, since each changes what the next one sees: asking for
access, keys, members, the limit, a suspension and its end.
"""

from dataclasses import dataclass

from playwright.sync_api import Browser, FloatRect, Locator, Page

from accounts.actor import StaffActor
from accounts.models import Tenant, TenantKind, User
from accounts.roles import Role
from apikeys.models import AccessState
from apikeys.pages.help.pictures import DARK, FOLDER, PHONE
from apikeys.services.api_access import request_access, suspend_access
from tests.browser.key_pages import key_list, read_reveal, send_create_form
from tests.browser.scenes import Scene
from tests.browser.small_png import shrink
from tests.browser.visits import SESSION_COOKIE
from tests.factories import acting, make_key, make_member, make_tenant, signed_in

MARGIN = 16
"""Pixels of the page around what a picture is about."""
TIGHT = 8
"""The same where a neighbour is near."""
WIDE = 1000
"""Wide enough for tables that are not cards."""
NARROW = 720
"""A form fills it, so that its letters are as large in the guide as on the page."""
PHONE_WIDTH = 390
HEIGHT = 900
MASK = "•" * 43
CLIENT_TEXT = (
    "One of your keys sent requests from addresses that we do not know. Call us before you go on."
)
REASON = "Our shop checks each morning which payments of the day before have arrived."


@dataclass(frozen=True)
class Cast:
    """An account with keys, its admin, and its relationship manager."""

    tenant: Tenant
    admin: User
    manager: User


class Album:
    """Opens pages as a person and keeps pictures of parts of them."""

    def __init__(self, browser: Browser, url: str, person: User) -> None:
        self.context = browser.new_context(base_url=url, reduced_motion="reduce")
        cookie = signed_in(person).cookies[SESSION_COOKIE].value
        self.context.add_cookies([{"name": SESSION_COOKIE, "value": cookie, "url": url}])
        self.page = self.context.new_page()

    def open(self, path: str) -> Page:
        """Show a page of the portal."""
        self.page.goto(path)
        return self.page

    def keep(self, name: str, *parts: str, width: int = NARROW, margin: int = MARGIN) -> None:
        """Write the picture of the smallest box around all parts, for each screen and scheme."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        for phone, across in {"": width, PHONE: PHONE_WIDTH}.items():
            self.page.set_viewport_size({"width": across, "height": HEIGHT})
            for dark in ("", DARK):
                self.page.emulate_media(color_scheme="dark" if dark else "light")
                # Nothing has the focus: a ring in a picture would point at something.
                self.page.evaluate("document.activeElement.blur()")
                box = _box([self.page.locator(part).first for part in parts], margin)
                picture = self.page.screenshot(full_page=True, clip=box, animations="disabled")
                (FOLDER / f"{name}{phone}{dark}.png").write_bytes(shrink(picture))


def _box(parts: list[Locator], margin: int) -> FloatRect:
    for part in parts:
        part.wait_for()
    boxes = [box for part in parts if (box := part.bounding_box()) is not None]
    left = max(min(box["x"] for box in boxes) - margin, 0)
    top = max(min(box["y"] for box in boxes) - margin, 0)
    right = max(box["x"] + box["width"] for box in boxes) + margin
    bottom = max(box["y"] + box["height"] for box in boxes) + margin
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def take_help_pictures(browser: Browser, url: str, cast: Cast, scene: Scene) -> None:
    """Take all of them."""
    asking = make_tenant(
        "Contoso Foods", relationship_manager=cast.manager, access=AccessState.NONE
    )
    charlie = make_member(asking, Role.ADMIN, "Charlie")
    fabrikam = make_tenant("Fabrikam", kind=TenantKind.PARTNER, relationship_manager=cast.manager)
    paula = make_member(fabrikam, Role.ADMIN, "Paula")
    for tenant in (cast.tenant, fabrikam):
        for role, name in {Role.GL: "Bob", Role.VIEWER: "Vera"}.items():
            email = f"{name}@{tenant.name.partition(' ')[0]}.example".lower()
            make_member(tenant, role, name, email=email)

    alice, rita = Album(browser, url, cast.admin), Album(browser, url, cast.manager)
    partner = Album(browser, url, paula)
    _ask_for_access(Album(browser, url, charlie), asking)
    request_access(actor=acting(charlie), tenant=asking, reason=REASON)
    _use_keys(alice, cast.tenant, scene)
    _look_at_members(alice, cast.tenant, "corporate")
    _look_at_members(partner, fabrikam, "partner")
    _manage(rita, cast.tenant, scene)
    for tenant, album, kind in ((cast.tenant, alice, "corporate"), (fabrikam, partner, "partner")):
        suspend_access(
            actor=StaffActor(cast.manager),
            tenant=tenant,
            client_text=CLIENT_TEXT,
            internal_note="Two addresses abroad; waiting for a call back.",
        )
        album.open(key_list(tenant))
        album.keep(f"{kind}-suspended", "#key-head .notice--error", margin=TIGHT)
    rita.open(f"/portfolio/{cast.tenant.public_id}/restore/")
    rita.keep("restore", "#action-form")


def _ask_for_access(album: Album, tenant: Tenant) -> None:
    page = album.open(f"/account/{tenant.public_id}/access/")
    page.get_by_label("Reason").fill(REASON)
    album.keep("request-access", "section.panel")


def _use_keys(album: Album, tenant: Tenant, scene: Scene) -> None:
    keys = key_list(tenant)
    album.open(keys)
    album.keep("key-list", ".key-head__row", "#key-table table", width=WIDE, margin=TIGHT)
    album.keep("announcement", "#key-head .notice--warning", margin=TIGHT)
    album.open(f"{keys}{scene.used.client_id}/delete/")
    album.keep("key-delete", "#action-form")
    album.open(f"{keys}new/")
    album.keep("role-picker", ".role-picker")
    _reveal(album)
    for number in range(1, 7):
        make_key(tenant, name=f"Web shop {number}")
    album.open(keys)
    album.keep("limit", ".key-head__row", margin=TIGHT)


def _reveal(album: Album) -> None:
    """The page that shows a secret, with dots in its place."""
    page = album.page
    send_create_form(page, "Web shop")
    read_reveal(page)
    page.locator("#client-secret").evaluate("(code, mask) => { code.textContent = mask; }", MASK)
    album.keep("reveal", "#key-reveal")
    page.get_by_label("I have stored the secret").check()


def _look_at_members(album: Album, tenant: Tenant, kind: str) -> None:
    album.open(f"/account/{tenant.public_id}/members/")
    album.keep(f"{kind}-members", "#member-table", width=WIDE)


def _manage(album: Album, tenant: Tenant, scene: Scene) -> None:
    """What a relationship manager sees and does."""
    album.open("/portfolio/")
    album.keep("portfolio", "section.needs")
    album.open("/portfolio/new/")
    album.keep("onboard", ".form-page")
    album.open("/portfolio/requests/")
    album.keep("requests", "#request-table", width=WIDE)
    base = f"/portfolio/{tenant.public_id}"
    album.open(f"{base}/keys/{scene.used.client_id}/delete/")
    album.keep("staff-key-delete", "#action-form")
    page = album.open(f"{base}/suspend/")
    page.get_by_label("What the client reads").fill(CLIENT_TEXT)
    album.keep("suspend", "#action-form")
