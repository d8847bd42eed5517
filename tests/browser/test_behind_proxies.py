"""The main journey with TLS, through the files that deploy/ has for nginx and Caddy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from accounts.models import Tenant, User
from tests.browser.test_main_journey import (
    test_an_admin_creates_uses_promotes_and_deletes_a_key as main_journey,
)
from tests.browser.visits import Visits
from tests.proxied_portal import ProxiedPortal


@pytest.fixture
def visit(browser: Browser, proxied_portal: ProxiedPortal) -> Iterator[Visits]:
    """`visit()` opens pages of the proxy, whose certificate no authority has signed."""
    visits = Visits(browser, proxied_portal, options={"ignore_https_errors": True})
    yield visits
    visits.end()


def test_an_admin_goes_from_signing_in_to_a_key_and_its_end(
    visit: Visits,
    proxied_portal: ProxiedPortal,
    northwind: Tenant,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(proxied_portal.certificate))  # for its programs
    main_journey(visit, proxied_portal, northwind, alice)
