"""The secret is in the answer to the POST and nowhere else that a browser can look."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import Tenant, User
from tests.browser.key_pages import (
    Revealed,
    create_in_dialog,
    create_on_page,
    finish,
    key_list,
    names,
)
from tests.browser.visits import Visits

BROWSER_STORAGE = """async () => JSON.stringify([
  {...localStorage}, {...sessionStorage}, document.cookie, name, history.state, location.href,
  (await indexedDB.databases()).length, (await caches.keys()).length,
])"""


@dataclass
class Traffic:
    """All that goes to the server and comes back."""

    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)

    def record(self, route: Route) -> None:
        """Let the exchange happen, and keep it."""
        request = route.request
        self.asked.append(f"{request.url} {request.all_headers()} {request.post_data}")
        response = route.fetch(max_redirects=0)
        self.answered.append(f"{response.headers} {response.body().decode(errors='replace')}")
        route.fulfill(response=response)


@pytest.mark.parametrize("create", [create_in_dialog, create_on_page])
def test_no_later_request_or_answer_holds_it(
    create: Callable[[Page, Tenant], Revealed], visit: Visits, northwind: Tenant, alice: User
) -> None:
    page = visit(alice)
    revealed = create(page, northwind)
    traffic = Traffic()
    page.context.route("**/*", traffic.record)
    finish(page)
    expect(names(page)).to_have_text(["Payroll"])
    for path in ("", "new/", f"{revealed.client_id}/", f"{revealed.client_id}/edit/", "?q=dev"):
        page.goto(key_list(northwind) + path)
    page.goto(f"/account/{northwind.public_id}/")
    assert len(traffic.answered) > 6
    half = revealed.secret.removeprefix(revealed.client_id)[:24]
    assert [line for line in traffic.asked + traffic.answered if half in line] == []
    assert any(revealed.client_id in answer for answer in traffic.answered)


@pytest.mark.parametrize("create", [create_in_dialog, create_on_page])
def test_the_browser_stores_it_nowhere(
    create: Callable[[Page, Tenant], Revealed], visit: Visits, northwind: Tenant, alice: User
) -> None:
    page = visit(alice)
    revealed = create(page, northwind)
    half = revealed.secret.removeprefix(revealed.client_id)[:24]
    stored = page.evaluate(BROWSER_STORAGE)
    assert stored.endswith(",0,0]")
    assert half not in stored + str(page.context.cookies())
    finish(page)
    expect(names(page)).to_have_text(["Payroll"])
    assert half not in page.evaluate(BROWSER_STORAGE) + str(page.context.cookies())
    assert half not in page.content()


@pytest.mark.parametrize(
    ("create", "javascript"),
    [(create_in_dialog, True), (create_on_page, True), (create_on_page, False)],
)
def test_nothing_may_store_the_answer(
    create: Callable[[Page, Tenant], Revealed],
    javascript: bool,
    visit: Visits,
    northwind: Tenant,
    alice: User,
) -> None:
    page = visit(alice, java_script_enabled=javascript)
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        create(page, northwind)
    assert "no-store" in answer.value.headers["cache-control"]
