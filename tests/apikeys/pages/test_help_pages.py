"""The guides at /help/: open to everybody, true to the pages, and linked from where one asks."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Tenant, TenantKind, User
from accounts.roles import ROLE_PERMISSIONS, STAFF_PERMISSIONS, Role, StaffRole
from apikeys.pages.help.pictures import FOLDER, every_picture
from apikeys.pages.help.views import STAFF_RIGHTS, TENANT_RIGHTS
from apikeys.services.keys import CreatedKey
from tests.factories import signed_in

CORPORATE, PARTNER = "/help/corporate/", "/help/partner/"
MANAGERS = "/help/relationship-managers/"
GUIDES = (CORPORATE, PARTNER, MANAGERS)
TEMPLATES = Path(settings.BASE_DIR) / "templates"
PAGES = [Path(settings.BASE_DIR) / storey / "pages" for storey in ("accounts", "apikeys")]

LINK = re.compile(r"{% url 'help_(guide|managers)'[^%]*%}#([\w-]+)")
OF_ACTS = {
    "guide": re.compile(r'\bguide_link\([\w.]+, "([\w-]+)"'),
    "managers": re.compile(r'\bguide="([\w-]+)"'),
}
LABELS = ("Account ID",)
"""What pages call so for every kind of tenant."""
MOST_BYTES = 60_000


def main_of(path: str, client: Client | None = None) -> str:
    """What a page says between header and footer, as HTML."""
    answer = (client or Client()).get(path)
    assert answer.status_code == 200
    return answer.content.decode().partition("<main")[2].partition("</main>")[0]


def anchors(path: str) -> set[str]:
    """The ids that a link can lead to."""
    return set(re.findall(r'\bid="([\w-]+)"', main_of(path)))


def words(html: str) -> str:
    """What a person reads or hears: text and descriptions of pictures."""
    heard = " ".join(re.findall(r'\balt="([^"]*)"', html))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html) + " " + heard)


@pytest.mark.parametrize("path", ["/help/", *GUIDES])
def test_it_is_readable_with_and_without_signing_in(path: str, alice: User, rita: User) -> None:
    for client in (Client(), signed_in(alice), signed_in(rita)):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
        assert client.post(path).status_code == 405


def test_it_puts_a_persons_own_guide_first(alice: User, paula: User, rita: User) -> None:
    for person, guide in ((alice, CORPORATE), (paula, PARTNER), (rita, MANAGERS)):
        page = main_of("/help/", signed_in(person))
        assert re.findall(r'href="(/help/[\w-]+/)"', page)[0] == guide
        assert page.count("Your guide") == 1


def test_it_marks_no_guide_for_strangers(db: None) -> None:
    page = main_of("/help/")
    assert "Your guide" not in page
    assert [path for path in GUIDES if path not in page] == []


def test_every_page_links_the_help(alice: User, rita: User, northwind: Tenant) -> None:
    for client, path in (
        (Client(), "/accounts/login/"),
        (signed_in(alice), f"/account/{northwind.public_id}/"),
        (signed_in(rita), "/portfolio/"),
    ):
        assert 'href="/help/"' in client.get(path).content.decode().partition("<footer")[2]


def linked() -> set[tuple[str, str]]:
    """Guide and anchor of every link to a section in the templates and the acts."""
    templates = [path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")]
    pages = [path.read_text(encoding="utf-8") for room in PAGES for path in room.rglob("*.py")]
    found = {link for text in templates for link in LINK.findall(text)}
    return found | {
        (guide, anchor)
        for text in pages
        for guide, link in OF_ACTS.items()
        for anchor in link.findall(text)
    }


def test_every_link_to_a_section_finds_it(db: None) -> None:
    targets = {"guide": (CORPORATE, PARTNER), "managers": (MANAGERS,)}
    known = {path: anchors(path) for path in GUIDES}
    dead = {
        (path, anchor)
        for guide, anchor in linked()
        for path in targets[guide]
        if anchor not in known[path]
    }
    assert dead == set()


def test_it_is_linked_from_where_the_questions_arise() -> None:
    asked = {"replace-a-key", "lost-secret", "limit", "leaked-key", "colleague-left", "suspended"}
    assert {anchor for guide, anchor in linked() if guide == "guide"} >= asked
    asked = {"onboard", "requests", "suspend", "restore", "delete-all", "leaked-key", "limit"}
    assert {anchor for guide, anchor in linked() if guide == "managers"} >= asked


@pytest.mark.parametrize("path", GUIDES)
def test_links_within_a_guide_find_their_section(path: str, db: None) -> None:
    page = main_of(path)
    assert set(re.findall(r'href="#([\w-]+)"', page)) - anchors(path) == set()


def test_the_links_of_a_page_lead_to_the_guide_of_its_kind_of_account(
    alice: User, northwind: Tenant, payroll: CreatedKey, paula: User, fabrikam: Tenant
) -> None:
    key = f"/account/{northwind.public_id}/keys/{payroll.key.client_id}/"
    assert f'href="{CORPORATE}#lost-secret"' in main_of(key, signed_in(alice))
    keys = f"/account/{fabrikam.public_id}/keys/"
    assert f'href="{PARTNER}#replace-a-key"' in main_of(keys, signed_in(paula))


def test_an_act_on_an_account_links_its_section(rita: User, northwind: Tenant) -> None:
    for act, anchor in (("suspend", "suspend"), ("revoke-all", "delete-all"), ("limit", "limit")):
        page = main_of(f"/portfolio/{northwind.public_id}/{act}/", signed_in(rita))
        assert f'href="{MANAGERS}#{anchor}"' in page


def test_the_partner_guide_says_partner_organisation_and_never_account(db: None) -> None:
    said = words(main_of(PARTNER))
    for label in LABELS:
        said = said.replace(label, "")
    assert re.findall(r".{30}\baccounts?\b.{30}", said, re.IGNORECASE) == []
    assert "partner organisation" in said
    assert "Partner Admin" in said


def test_the_corporate_guide_says_account_and_never_partner(db: None) -> None:
    said = words(main_of(CORPORATE))
    assert "your account" in said
    assert re.findall(r".{30}\bpartner\b.{30}", said, re.IGNORECASE) == []


@pytest.mark.parametrize("path", GUIDES)
def test_it_says_delete_and_never_revoke(path: str, db: None) -> None:
    assert "revoke" not in words(main_of(path)).lower()


def test_it_calls_the_role_gl_as_the_installation_does(db: None, settings: object) -> None:
    settings.GL_LABEL = "Cashier"  # type: ignore[attr-defined]  # pytest-django's
    said = words(main_of(CORPORATE))
    assert "Cashier" in said
    assert re.search(r"\bGL\b", said) is None


def test_its_tables_have_a_row_for_every_right() -> None:
    assert set(TENANT_RIGHTS) == set(ROLE_PERMISSIONS[Role.ADMIN])
    managers = STAFF_PERMISSIONS[StaffRole.RELATIONSHIP_MANAGER]
    assert set(STAFF_RIGHTS) >= managers


@pytest.mark.parametrize("path", GUIDES)
def test_every_picture_has_a_description_and_a_size(path: str, db: None) -> None:
    images = re.findall(r"<img [^>]+>", main_of(path))
    assert len(images) >= 6
    for image in images:
        assert len(re.findall(r'alt="([^"]*)"', image)[0]) > 40
        assert re.search(r'width="\d+" height="\d+"', image)


def test_every_picture_is_there_and_small_and_none_is_left_over(db: None) -> None:
    files = {source.file for picture in every_picture() for source in picture.sources}
    assert files == {f"help/{path.name}" for path in FOLDER.iterdir()}
    assert [path.name for path in FOLDER.iterdir() if path.stat().st_size > MOST_BYTES] == []


def test_every_picture_is_shown_somewhere(db: None) -> None:
    shown = " ".join(main_of(path) for path in GUIDES)
    missing = [p.name for p in every_picture() if not re.search(rf"help/{p.name}\.\w+\.png", shown)]
    assert missing == []


def test_light_and_dark_pictures_take_the_same_place() -> None:
    for picture in every_picture():
        phone_dark, phone, dark, light = [(s.width, s.height) for s in picture.sources]
        assert (phone_dark, dark) == (phone, light)


def test_there_is_a_guide_for_every_kind_of_account(db: None) -> None:
    for kind in TenantKind:
        assert Client().get(f"/help/{kind.value}/").status_code == 200
