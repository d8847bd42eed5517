"""A tenant in the portfolio, the queue of requests, and where staff land."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from accounts.actor import StaffActor
from accounts.models import StaffRole, Tenant, User
from accounts.roles import Role
from accounts.services.invitations import invite_member
from accounts.services.memberships import add_member
from apikeys.models import AccessRequest, AccessState, KeyUsage
from apikeys.services.api_access import request_access, set_key_limit, suspend_access
from apikeys.services.keys import CreatedKey
from tests.factories import (
    PLATFORM,
    acting,
    disable,
    make_member,
    make_person,
    make_revoked_key,
    make_tenant,
    put_access,
    signed_in,
)
from tests.same_bytes import body_of


@pytest.fixture
def url(northwind: Tenant) -> str:
    """Northwind in Rita's portfolio."""
    return f"/portfolio/{northwind.public_id}/"


@pytest.fixture
def asked(rita: User) -> AccessRequest:
    """A request that an account of Rita's made three days ago."""
    tenant = make_tenant("Adatum", relationship_manager=rita, access=AccessState.NONE)
    admin = make_member(tenant, Role.ADMIN, "Ada")
    made = request_access(actor=acting(admin), tenant=tenant, reason="Pay our suppliers")
    AccessRequest.objects.update(requested_at=Now() - timedelta(days=3, minutes=1))
    return made


def test_it_shows_keys_with_what_support_needs_and_no_secret(
    rita: User, url: str, payroll: CreatedKey, northwind: Tenant
) -> None:
    """Email, creator and last use; deleted ones are in the activity."""
    KeyUsage.objects.create(key=payroll.key, last_used_at=Now(), last_used_from="203.0.113.7")
    make_revoked_key(northwind, name="Gone")
    answer = signed_in(rita).get(url)
    page = answer.content.decode()
    for words in (payroll.key.client_id, "payroll@example.com", "by Alice", "203.0.113.7"):
        assert words in page
    assert payroll.secret.text not in page
    assert [row.name for row in answer.context["rows"]] == ["Payroll"]
    assert "Key Gone: deleted" in [event["what"] for event in answer.context["activity"]]


def test_it_links_to_no_page_of_the_tenants_own(rita: User, url: str, payroll: CreatedKey) -> None:
    """Staff are not members: each of those links would be 404."""
    assert "/account/" not in signed_in(rita).get(url).content.decode().replace(
        'href="/account/"', ""
    )


def test_it_shows_members_and_open_invitations(
    rita: User, url: str, alice: User, bob: User, northwind: Tenant
) -> None:
    """With their roles."""
    invite_member(actor=acting(alice), tenant=northwind, email="new@example.com", role=Role.VIEWER)
    context = signed_in(rita).get(url).context
    assert {(m["email"], m["role_label"]) for m in context["members"]} == {
        (alice.email, "Admin"),
        (bob.email, "GL"),
    }
    assert [(i["email"], i["invited_by"]) for i in context["invitations"]] == [
        ("new@example.com", "Alice")
    ]


def test_it_tells_the_history_of_access_in_words(
    rita: User, url: str, northwind: Tenant, alice: User
) -> None:
    """Requests, suspensions and limits, the newest first; the activity has everything."""
    staff = StaffActor(rita)
    set_key_limit(actor=staff, tenant=northwind, limit=5)
    suspend_access(
        actor=staff, tenant=northwind, client_text="Unusual traffic", internal_note="Ticket 7"
    )
    answer = signed_in(rita).get(url)
    assert [event["what"] for event in answer.context["access_history"]] == [
        "API access suspended: Unusual traffic",
        "Limit changed from 10 to 5 active keys",
        "API access enabled without a request",
    ]
    assert "Alice added as Admin" in [event["what"] for event in answer.context["activity"]]
    assert "Ticket 7" in answer.content.decode()


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (AccessState.NONE, {"enable"}),
        (AccessState.ENABLED, {"suspend"}),
        (AccessState.SUSPENDED, {"restore"}),
    ],
)
def test_it_offers_what_the_state_allows(
    state: AccessState, offered: set[str], rita: User, url: str, northwind: Tenant
) -> None:
    """No control that would be refused; handing over is the operators'."""
    put_access(northwind, state)
    page = signed_in(rita).get(url).content.decode()
    acts = ("approve", "decline", "enable", "suspend", "restore", "hand-over")
    assert {act for act in acts if f'href="{url}{act}/"' in page} == offered


@pytest.mark.parametrize("state", AccessState)
@pytest.mark.parametrize("who", ["rita", "oscar"])
def test_it_offers_a_member_nothing_and_says_whom_to_ask(  # noqa: PLR0913, PLR0917
    who: str,
    state: AccessState,
    request: pytest.FixtureRequest,
    url: str,
    northwind: Tenant,
    payroll: CreatedKey,
) -> None:
    """Nobody of the platform decides about an account of their own; reading remains."""
    make_person("Olga", staff_role=StaffRole.OPERATOR)
    user: User = request.getfixturevalue(who)
    add_member(actor=PLATFORM, tenant=northwind, user=user, role=Role.VIEWER)
    put_access(northwind, state)
    page = signed_in(user).get(url).content.decode()
    whom = "Olga (olga@example.com)" if who == "rita" else "Rita (rita@example.com)"
    assert f"you decide nothing about it for the platform. Ask {whom}." in page
    assert f'href="/account/{northwind.public_id}/"' in page
    assert payroll.key.client_id in page
    assert f'href="{url}' not in page


def test_it_tells_others_nothing_of_accounts_of_their_own(rita: User, url: str) -> None:
    """The sentence is for members."""
    assert "You are a member" not in signed_in(rita).get(url).content.decode()


def test_it_keeps_a_members_request_for_others_to_decide(
    rita: User, oscar: User, asked: AccessRequest
) -> None:
    """Neither in the queue nor in what waits for them."""
    add_member(actor=PLATFORM, tenant=asked.tenant, user=rita, role=Role.VIEWER)
    assert not signed_in(rita).get("/portfolio/requests/").context["rows"]
    assert "waiting for a decision" not in signed_in(rita).get("/portfolio/").content.decode()
    assert len(signed_in(oscar).get("/portfolio/requests/").context["rows"]) == 1


def test_it_offers_handing_over_to_operators(oscar: User, url: str) -> None:
    """They alone may."""
    assert f'href="{url}hand-over/"' in signed_in(oscar).get(url).content.decode()


def test_it_answers_another_portfolios_tenant_as_one_that_does_not_exist(
    rita: User, contoso: Tenant, foreign_key: CreatedKey
) -> None:
    """For every page and every POST, with the same bytes."""
    client = signed_in(rita)
    missing = body_of(client.get(f"/portfolio/{'acct_' + '0' * 20}/"))
    acts = ("approve", "decline", "enable", "suspend", "restore", "limit", "revoke-all")
    more = ("hand-over", "invite-admin", f"keys/{foreign_key.key.client_id}/delete")
    for path in ("", *(f"{act}/" for act in acts + more)):
        foreign = client.get(f"/portfolio/{contoso.public_id}/{path}")
        assert (foreign.status_code, body_of(foreign)) == (404, missing), path
        posted = client.post(f"/portfolio/{contoso.public_id}/{path}", {"reason": "x"})
        assert posted.status_code in {404, 405}
    foreign_key.key.refresh_from_db()
    assert foreign_key.key.revoked_at is None


def test_it_finds_no_key_of_another_tenant_under_its_own(
    rita: User, url: str, foreign_key: CreatedKey
) -> None:
    """The key in the URL must belong to the tenant in the URL."""
    path = f"{url}keys/{foreign_key.key.client_id}/delete/"
    assert signed_in(rita).post(path, {"reason": "Leaked"}).status_code == 404


def test_its_queue_shows_the_oldest_request_first_with_the_time_waiting(
    rita: User, asked: AccessRequest
) -> None:
    """Of the portfolio; decided ones are gone."""
    second = make_tenant("Zava", relationship_manager=rita, access=AccessState.NONE)
    admin = make_member(second, Role.ADMIN, "Zoe")
    request_access(actor=acting(admin), tenant=second, reason="Refunds")
    rows = signed_in(rita).get("/portfolio/requests/").context["rows"]
    assert [(row.tenant, row.waiting) for row in rows] == [
        ("Adatum", "3 days"),
        ("Zava", "less than a minute"),
    ]
    assert rows[0].reason == "Pay our suppliers"


def test_its_queue_leads_to_operators_when_the_manager_is_disabled(
    rita: User, oscar: User, asked: AccessRequest
) -> None:
    """A request must not wait for somebody who is gone."""
    disable(rita)
    rows = signed_in(oscar).get("/portfolio/requests/").context["rows"]
    assert [(row.tenant, row.manager) for row in rows] == [("Adatum", "Rita (disabled)")]


def test_it_shows_the_waiting_request_on_the_tenants_page(rita: User, asked: AccessRequest) -> None:
    """Where the mail leads, with both answers beside it."""
    url = f"/portfolio/{asked.tenant.public_id}/"
    page = signed_in(rita).get(url).content.decode()
    assert "Pay our suppliers" in page
    assert f'href="{url}approve/"' in page
    assert f'href="{url}decline/"' in page


def test_staff_land_on_their_portfolio(rita: User, oscar: User) -> None:
    """Who is a member as well chooses."""
    for person in (rita, oscar):
        assert signed_in(person).get("/")["Location"] == "/portfolio/"


def test_staff_with_an_account_of_their_own_find_both(rita: User, northwind: Tenant) -> None:
    """The two never add up: as a member they act on the tenant's own pages."""
    tenant = make_tenant("Rita’s shop")
    add_member(actor=PLATFORM, tenant=tenant, user=rita, role=Role.ADMIN)
    page = signed_in(rita).get("/").content.decode()
    assert "Rita’s shop" in page
    assert 'href="/portfolio/"' in page
    assert signed_in(rita).get(f"/account/{tenant.public_id}/").status_code == 200
    assert signed_in(rita).get(f"/account/{northwind.public_id}/").status_code == 404
