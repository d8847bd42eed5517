"""The portfolio: whose tenants it shows, what needs somebody, search, filters, sorts and pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import StaffRole, Tenant, TenantKind, User
from accounts.roles import Role
from apikeys.models import AccessState, ApiKey
from apikeys.pages.portfolio import query as portfolio_list
from apikeys.services.api_access import request_access
from apikeys.services.keys import CreatedKey
from apikeys.services.summaries import write_summaries
from tests.factories import acting, make_key, make_member, make_person, make_tenant, signed_in

URL = "/portfolio/"


def names(client: Client, query: str = "") -> list[str]:
    """The names in the list, in its order."""
    return [row.name for row in client.get(URL + query).context["rows"]]


def recount(*tenants: Tenant) -> None:
    """Do what the sweep does once time has changed a tenant's figures."""
    write_summaries([tenant.pk for tenant in tenants])


@pytest.fixture
def portfolio(rita: User, northwind: Tenant, contoso: Tenant) -> dict[str, Tenant]:
    """Rita's tenants; Contoso stands in no portfolio."""
    return {
        "northwind": northwind,
        "partner": make_tenant(
            "Adatum", kind=TenantKind.PARTNER, relationship_manager=rita, access=AccessState.NONE
        ),
        "small": make_tenant("Zava", relationship_manager=rita, key_limit=1),
    }


def test_it_shows_a_manager_their_own_tenants_only(
    rita: User, portfolio: dict[str, Tenant]
) -> None:
    """By name unless asked otherwise."""
    assert names(signed_in(rita)) == ["Adatum", "Northwind Traders", "Zava"]


def test_it_shows_an_operator_every_tenant(oscar: User, portfolio: dict[str, Tenant]) -> None:
    """Also those without a manager, who stands beside each."""
    page = signed_in(oscar).get(URL)
    managers = {row.name: row.manager for row in page.context["rows"]}
    assert managers["Contoso Foods"] == "Nobody"
    assert managers["Zava"] == "Rita"


@pytest.mark.parametrize("q", ["NORTHW", "traders", "alice@example"])
def test_it_searches_names_and_members_emails(
    q: str, rita: User, alice: User, portfolio: dict[str, Tenant]
) -> None:
    """In any case."""
    assert names(signed_in(rita), f"?q={q}") == ["Northwind Traders"]


def test_it_searches_account_ids(rita: User, portfolio: dict[str, Tenant]) -> None:
    """As a customer reads it out."""
    assert names(signed_in(rita), f"?q={portfolio['small'].public_id}") == ["Zava"]


def test_it_finds_nothing_outside_the_portfolio(
    rita: User, charlie: User, contoso: Tenant, portfolio: dict[str, Tenant]
) -> None:
    """Neither by name nor by ID nor by a member's email."""
    client = signed_in(rita)
    for q in (contoso.name, contoso.public_id, charlie.email):
        assert names(client, f"?q={q}") == []


def test_it_filters_by_kind_and_access(rita: User, portfolio: dict[str, Tenant]) -> None:
    """What it does not know filters nothing."""
    client = signed_in(rita)
    assert names(client, "?kind=partner") == ["Adatum"]
    assert names(client, "?access=enabled") == ["Northwind Traders", "Zava"]
    assert names(client, "?kind=partner&access=enabled") == []
    assert len(names(client, "?kind=planet&access=perhaps")) == 3


def test_it_filters_by_what_keys_need(rita: User, portfolio: dict[str, Tenant]) -> None:
    """Expiring within 30 days, unused for 90, and no place free."""
    make_key(portfolio["small"], name="Last")
    old = make_key(portfolio["northwind"], name="Old").key
    ApiKey.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(days=91))
    recount(portfolio["northwind"])
    client = signed_in(rita)
    assert names(client, "?full=1") == ["Zava"]
    assert names(client, "?unused=1") == ["Northwind Traders"]
    assert names(client, "?expiring=1") == []
    ApiKey.objects.filter(pk=old.pk).update(expires_at=Now() + timedelta(days=29))
    recount(portfolio["northwind"])
    assert names(client, "?expiring=1") == ["Northwind Traders"]
    assert names(client, "?expiring=1&full=1") == []


def test_it_sorts_both_ways(rita: User, portfolio: dict[str, Tenant]) -> None:
    """By name, age and active keys."""
    for number in range(2):
        make_key(portfolio["northwind"], name=f"Key {number}")
    make_key(portfolio["small"], name="One")
    for days, name in ((3, "small"), (2, "northwind"), (1, "partner")):
        tenants = Tenant.objects.filter(pk=portfolio[name].pk)
        tenants.update(created_at=Now() - timedelta(days=days))
    client = signed_in(rita)
    wanted = {"name": "ANZ", "created": "ZNA", "active_keys": "AZN"}
    for sort, order in wanted.items():
        assert "".join(name[0] for name in names(client, f"?sort={sort}")) == order, sort
        assert "".join(name[0] for name in names(client, f"?sort=-{sort}")) == order[::-1], sort
    assert names(client, "?sort=contact_email") == names(client)


@pytest.mark.parametrize("sort", ["", "-name", "created", "-active_keys"])
def test_it_pages_through_every_tenant_once_and_back(
    sort: str, rita: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By keyset: equal values neither hide nor repeat a tenant; filters stay in the links."""
    monkeypatch.setitem(portfolio_list.page_of.__kwdefaults__ or {}, "size", 3)
    for number in range(8):
        make_tenant(f"Same {number % 2}", relationship_manager=rita)
    client = signed_in(rita)
    page = client.get(f"{URL}?q=Same&sort={sort}")
    forward = [[row.public_id for row in page.context["rows"]]]
    while page.context["paging"]["older_url"]:
        page = client.get(page.context["paging"]["older_url"])
        forward.append([row.public_id for row in page.context["rows"]])
    assert [len(rows) for rows in forward] == [3, 3, 2]
    assert len(set(sum(forward, []))) == 8
    backward = [forward[-1]]
    while page.context["paging"]["newer_url"]:
        page = client.get(page.context["paging"]["newer_url"])
        backward.insert(0, [row.public_id for row in page.context["rows"]])
    assert backward == forward


def test_its_cursor_belongs_to_its_filters(
    rita: User, oscar: User, portfolio: dict[str, Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With other filters, or cut off, the first page answers."""
    monkeypatch.setitem(portfolio_list.page_of.__kwdefaults__ or {}, "size", 1)
    client = signed_in(rita)
    older = client.get(URL).context["paging"]["older_url"]
    assert names(client, older.removeprefix(URL)) == ["Northwind Traders"]
    assert names(client, older.removeprefix(URL) + "&kind=partner") == ["Adatum"]
    assert names(client, "?cursor=cut-off") == ["Adatum"]


def test_it_says_what_needs_the_manager(
    rita: User, payroll: CreatedKey, portfolio: dict[str, Tenant], contoso: Tenant
) -> None:
    """Waiting requests with the oldest, tenants at the limit, keys expiring; of theirs only."""
    client = signed_in(rita)
    assert client.get(URL).context["attention"] == []
    paul = make_member(portfolio["partner"], Role.ADMIN, "Paul")
    request_access(actor=acting(paul), tenant=portfolio["partner"], reason="Payouts")
    make_key(portfolio["small"], name="Last")
    ApiKey.objects.filter(pk=payroll.key.pk).update(expires_at=Now() + timedelta(days=2))
    recount(portfolio["northwind"])
    titles = [item["title"] for item in client.get(URL).context["attention"]]
    assert titles == [
        "1 request waiting for a decision",
        "1 account at the limit",
        "1 account with keys that expire within 30 days",
    ]
    stranger = make_person("Sam", staff_role=StaffRole.RELATIONSHIP_MANAGER)
    assert signed_in(stranger).get(URL).context["attention"] == []


@pytest.mark.parametrize("path", [URL, "/portfolio/requests/"])
def test_it_asks_no_query_per_row(path: str, oscar: User) -> None:
    """One tenant and five cost the same."""
    client = signed_in(oscar)
    asked = []
    for number in (1, 4):
        for _ in range(number):
            tenant = make_tenant(access=AccessState.NONE, relationship_manager=make_person())
            admin = make_member(tenant, Role.ADMIN)
            request_access(actor=acting(admin), tenant=tenant, reason="Payouts")
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_it_answers_htmx_with_the_table_alone(rita: User, portfolio: dict[str, Tenant]) -> None:
    """The same rows, without the page around them."""
    part = signed_in(rita).get(URL, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Zava" in part


def test_it_shows_an_empty_portfolio_what_to_do(rita: User) -> None:
    """The first step, and no table."""
    page = signed_in(rita).get(URL).content.decode()
    assert "No account yet" in page
    assert "/portfolio/new/" in page
