"""How many changes a person may make on pages in a minute; stopping something is never delayed."""

from typing import Any

import pytest
from django.db import connection

from accounts import change_limits
from accounts.errors import TooMany
from accounts.models import AuditEvent, Tenant, User
from accounts.rate_limits import RateLimit
from accounts.roles import Role
from accounts.services.invitations import invite_member
from apikeys.models import AccessState, ApiAccess
from apikeys.pages.portfolio.forms import OnboardForm
from apikeys.services.keys import CreatedKey
from tests.factories import acting, make_key, make_person, put_access, signed_in

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def three_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three changes in an hour, which no test crosses unless it starts just before."""
    few = RateLimit("per-person-changes", 3, 3600, noun="changes")
    monkeypatch.setattr(change_limits, "LIMIT", few)


@pytest.fixture
def account(northwind: Tenant) -> str:
    return f"/account/{northwind.public_id}"


def edited(key: CreatedKey, name: str) -> dict[str, Any]:
    """The form of the key's page, with another name."""
    key.key.refresh_from_db()
    return {"name": name, "description": "", "version": key.key.version}


def refused(answer: Any) -> None:
    page = answer.content.decode()
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 3600
    assert "You have made 3 changes" in page
    assert "Try again in " in page
    assert answer["X-Request-Id"] in page


def spend(person: User) -> None:
    """Make as many changes as are allowed."""
    for _ in range(3):
        change_limits.count_change(person)


def test_a_hundred_edits_leave_three_events(bob: User, payroll: CreatedKey, account: str) -> None:
    client, path = signed_in(bob), f"{account}/keys/{payroll.key.client_id}/edit/"
    before = AuditEvent.objects.count()
    answers = [client.post(path, edited(payroll, f"Payroll {number}")) for number in range(100)]
    assert AuditEvent.objects.count() == before + 3
    assert [each.status_code for each in answers] == [303] * 3 + [429] * 97
    refused(answers[3])


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "dialog"])
def test_every_form_of_a_tenant_is_refused(
    headers: dict[str, str], alice: User, payroll: CreatedKey, vera: User, account: str
) -> None:
    spend(alice)
    client, key = signed_in(alice), f"{account}/keys/{payroll.key.client_id}"
    member = f"{account}/members/{vera.public_id}"
    for path in (f"{account}/keys/new/", f"{key}/edit/", f"{key}/role/", f"{account}/access/"):
        refused(client.post(path, {}, headers=headers))
    for path in (f"{account}/members/invite/", f"{member}/role/"):
        refused(client.post(path, {}, headers=headers))


@pytest.mark.parametrize("act", ["approve", "decline", "enable", "restore", "limit"])
def test_every_form_of_the_portfolio_is_refused(act: str, rita: User, northwind: Tenant) -> None:
    spend(rita)
    refused(signed_in(rita).post(f"/portfolio/{northwind.public_id}/{act}/", {}))


def test_opening_accounts_is_refused(rita: User) -> None:
    spend(rita)
    refused(signed_in(rita).post("/portfolio/new/", {}))


def test_one_persons_changes_are_not_anothers(
    alice: User, bob: User, payroll: CreatedKey, account: str
) -> None:
    spend(alice)
    path = f"{account}/keys/{payroll.key.client_id}/edit/"
    assert signed_in(bob).post(path, edited(payroll, "x")).status_code == 303


def test_pages_are_still_shown(alice: User, account: str) -> None:
    spend(alice)
    client = signed_in(alice)
    assert client.get(f"{account}/keys/new/").status_code == 200
    assert client.head(f"{account}/keys/").status_code == 200


def test_what_is_refused_counts_too(vera: User, charlie: User, account: str) -> None:
    """Each refusal may be an event. The last answer says nothing about the account."""
    for person, refused in ((vera, 403), (charlie, 404)):
        client = signed_in(person)
        answers = [client.post(f"{account}/keys/new/", {}).status_code for _ in range(4)]
        assert answers == [refused] * 3 + [429]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_waits_holds_up_no_other_count(alice: User, account: str) -> None:
    """It is counted before the page's transaction begins, in which it may wait for a lock."""
    inside = set()

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        if "ratecounter" in sql:
            inside.add(connection.in_atomic_block)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        signed_in(alice).post(f"{account}/keys/new/", {"email": "keys@example.com"})
    assert inside == {False}


def test_an_admin_stops_keys_members_and_invitations_without_delay(
    alice: User, vera: User, northwind: Tenant, payroll: CreatedKey, account: str
) -> None:
    invited = invite_member(
        actor=acting(alice), tenant=northwind, email="new@example.com", role=Role.GL
    )
    spend(alice)
    client = signed_in(alice)
    for path in (
        f"{account}/keys/{payroll.key.client_id}/delete/",
        f"{account}/members/{vera.memberships.get().user.public_id}/remove/",
        f"{account}/members/invitations/{invited.public_id}/cancel/",
    ):
        assert client.post(path, {"confirm": "on"}).status_code not in {403, 404, 429}, path
    assert client.post(f"{account}/members/leave/").status_code != 429


def test_a_manager_suspends_and_deletes_without_delay(rita: User, northwind: Tenant) -> None:
    spend(rita)
    client, account = signed_in(rita), f"/portfolio/{northwind.public_id}"
    key = make_key(northwind).key
    deleted = client.post(f"{account}/keys/{key.client_id}/delete/", {"reason": "Leaked"})
    texts = {"client_text": "Unusual traffic", "internal_note": "Ask them"}
    suspended = client.post(f"{account}/suspend/", texts)
    ended = client.post(f"{account}/revoke-all/", {"reason": "Leaked", "name": northwind.name})
    assert {each.status_code for each in (deleted, suspended, ended)} <= {303, 409, 422}
    assert ApiAccess.objects.get(tenant=northwind).state == "suspended"


def test_an_operators_actions_count_for_each_person_chosen(oscar: User) -> None:
    people = [make_person() for _ in range(5)]
    form = {"action": "make_relationship_manager", "_selected_action": [p.pk for p in people]}
    page = signed_in(oscar).post("/ops/accounts/user/", form, follow=True).content.decode()
    assert User.objects.filter(staff_role="relationship_manager").count() == 3
    assert "Done for 3 of the people chosen." in page
    assert "You have made 3 changes" in page


def test_an_operator_disables_without_delay(oscar: User) -> None:
    spend(oscar)
    people = [make_person() for _ in range(5)]
    form = {"action": "disable", "_selected_action": [person.pk for person in people]}
    signed_in(oscar).post("/ops/accounts/user/", form)
    assert User.objects.filter(is_active=False).count() == 5


@pytest.mark.parametrize("act", ["delete", "enable", "new"])
def test_what_a_verb_refuses_for_now_is_answered_alike(
    act: str, alice: User, rita: User, payroll: CreatedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a page of a tenant, of the portfolio, and of the staff."""

    def refuse(**_: object) -> None:
        raise TooMany("You have made 3 changes. Try again in 40 seconds.", 40)

    monkeypatch.setattr("apikeys.pages.account.key_changes.revoke_key", refuse)
    monkeypatch.setattr("apikeys.services.api_access.enable_access", refuse)
    monkeypatch.setattr("apikeys.pages.portfolio.people.onboard_tenant", refuse)
    tenant = payroll.key.tenant
    put_access(tenant, AccessState.NONE if act == "enable" else AccessState.ENABLED)
    onboarding = {"name": "Adatum", "kind": "corporate", "admin_email": "a@example.com"}
    onboarding["public_id"] = OnboardForm.new_public_id()
    key = f"/account/{tenant.public_id}/keys/{payroll.key.client_id}"
    person, path, form = {
        "delete": (alice, f"{key}/delete/", {}),
        "enable": (rita, f"/portfolio/{tenant.public_id}/enable/", {}),
        "new": (rita, "/portfolio/new/", onboarding),
    }[act]
    answer = signed_in(person).post(path, form)
    refused(answer)
    assert answer["Retry-After"] == "40"
