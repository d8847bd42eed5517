"""Takes the pictures of the documentation: ``python -m tests.browser.take_pictures``.

It starts a throw-away database and portal, fills them with invented keys and writes to
docs/pictures/ and static/help/. Nothing of an existing installation is touched.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import django
from playwright.sync_api import Browser, sync_playwright

from portal.database import REPOSITORY
from portal.launcher.server import Server
from tests import chromium
from tests.browser.small_png import shrink
from tests.postgres_plugin import throw_away_portal
from tests.servers import free_port, serving

if TYPE_CHECKING:
    from accounts.models import Tenant, User

PICTURES = REPOSITORY / "docs" / "pictures"
WIDTH = 1280


def main() -> int:
    """Take all pictures. Return the exit code."""
    path = chromium.find()
    if path is None:
        sys.stderr.write(f"Pictures need Chromium: {chromium.HOW_TO_INSTALL}\n")
        return 1
    with throw_away_portal() as portal:
        # Playwright's synchronous interface runs an event loop in this thread.
        os.environ.update(portal, DJANGO_SETTINGS_MODULE="portal.settings")
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        _manage("migrate", PORTAL_DB_ROLE="owner")
        _manage("collectstatic")
        django.setup()
        with _served() as url:
            _take(url, path)
    return 0


def _manage(command: str, **env: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", command, "--no-input", "--verbosity", "0"],
        cwd=REPOSITORY,
        env=os.environ | env,
        check=True,
    )


@contextmanager
def _served() -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = Path(os.environ["VAR"]) / "portal.log"
    env = os.environ | {"PORTAL_URL": url}
    with serving(Server("127.0.0.1", port, workers=1, env=env, log=log)):
        yield url


def _take(url: str, chromium_path: str) -> None:
    # Models can be imported only now.
    from accounts.models import StaffRole  # noqa: PLC0415
    from accounts.roles import Role  # noqa: PLC0415
    from tests.browser.help_pictures import Cast, take_help_pictures  # noqa: PLC0415
    from tests.browser.scenes import fill  # noqa: PLC0415
    from tests.factories import make_member, make_person, make_tenant  # noqa: PLC0415

    manager = make_person("Rita Lindqvist", staff_role=StaffRole.RELATIONSHIP_MANAGER)
    tenant = make_tenant("Northwind Traders", relationship_manager=manager)
    alice = make_member(tenant, Role.ADMIN, "Alice Moreau", email="alice@example.com")
    scene = fill(tenant, alice)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"]
        )
        _take_key_list(browser, url, tenant, alice)
        take_help_pictures(browser, url, Cast(tenant, alice, manager), scene)
        browser.close()


def _take_key_list(browser: Browser, url: str, tenant: "Tenant", alice: "User") -> None:
    from tests.browser.key_pages import key_list, names, sign_in  # noqa: PLC0415

    page = browser.new_page(base_url=url, viewport={"width": WIDTH, "height": 800})
    sign_in(page, alice)
    page.get_by_role("link", name="API keys", exact=True).wait_for()
    page.goto(f"{key_list(tenant)}?all=1")
    names(page).first.wait_for()
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "key-list.png").write_bytes(shrink(page.screenshot(full_page=True)))
    page.close()


if __name__ == "__main__":
    sys.exit(main())
