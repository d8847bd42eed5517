"""One Chromium for each worker, and windows in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.mailbox import Mailbox
from tests.browser.visits import PATIENCE, Visits
from tests.served_portal import ServedPortal

HERE = Path(__file__).parent
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Playwright switches the page cache for Back and Forward off; people have it.
NOT_LIKE_PEOPLE = ["--disable-back-forward-cache"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this directory, and keep a file's tests on one worker.

    First, since xdist reads the groups in its own hook of this name.
    """
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group(f"browser-{item.path.stem}"))


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Start Chromium once for all tests of this worker."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path, args=ARGUMENTS, ignore_default_args=NOT_LIKE_PEOPLE
        )
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, served_portal: ServedPortal) -> Iterator[Visits]:
    """`visit(alice)` is a page with Alice signed in; nothing may go wrong in it."""
    visits = Visits(browser, served_portal)
    yield visits
    visits.end()


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    """Where mails arrive."""
    return Mailbox(tmp_path)
