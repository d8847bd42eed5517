"""A person at a browser, watched for whatever goes wrong in it.

`visit(alice)` is a page with Alice signed in. At the end of the test every visit must have been
free of errors in the console, of exceptions, of broken loads and of what the content security
policy forbids.
"""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, WebError

from accounts.models import User
from tests.factories import signed_in
from tests.served_portal import ServedPortal

SESSION_COOKIE = "session"
PATIENCE = 20_000  # milliseconds until something that should happen counts as missing
SERVER_ERROR = 500
ANSWERED_WITH_A_STATUS = "Failed to load resource: the server responded with a status of"
"""Chromium's line for every 4xx; `Watch.answered` judges those by what was asked for."""
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("CSP:", event.violatedDirective, event.blockedURI, event.sourceFile));
"""


@dataclass
class Watch:
    """What went wrong in one browser context."""

    problems: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of `context`."""
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self.said)
        context.on("weberror", self.raised)
        context.on("response", self.answered)

    def said(self, message: ConsoleMessage) -> None:
        """Note an error in the console."""
        if message.type == "error" and not message.text.startswith(ANSWERED_WITH_A_STATUS):
            self.problems.append(f"console: {message.text}")

    def raised(self, error: WebError) -> None:
        """Note an exception that nobody caught."""
        self.problems.append(f"exception: {error.error}")

    def answered(self, response: Response) -> None:
        """Note what broke: a page or an htmx answer may be 4xx, a script or an image may not."""
        asked_for_a_page = response.request.resource_type in {"document", "fetch"}
        if response.status >= SERVER_ERROR or (response.status >= 400 and not asked_for_a_page):
            self.problems.append(f"{response.status}: {response.url}")


@dataclass
class Visits:
    """Opens pages of the served portal; a fixture closes them and asks for their problems."""

    browser: Browser
    portal: ServedPortal
    options: dict[str, Any] = field(default_factory=dict)
    """Playwright's, for every window."""
    contexts: list[BrowserContext] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)

    def __call__(self, person: User | None = None, **options: Any) -> Page:
        """Open a window of its own, with `person` signed in. `options` are Playwright's."""
        context = self.browser.new_context(
            base_url=self.portal.url, reduced_motion="reduce", **self.options | options
        )
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE)
        self.watch.over(context)
        if person is not None:
            cookie = signed_in(person).cookies[SESSION_COOKIE].value
            context.add_cookies([{"name": SESSION_COOKIE, "value": cookie, "url": self.portal.url}])
        return context.new_page()

    def end(self) -> None:
        """Close everything and fail if something went wrong anywhere."""
        for context in self.contexts:
            context.close()
        assert self.watch.problems == []
