"""What staff do to a tenant, each asked before it is done."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db.models.functions import Now
from django.test import Client

from accounts.models import AuditEvent, Invitation, StaffRole, Tenant, User
from accounts.roles import Role
from accounts.services.memberships import add_member
from apikeys.models import AccessRequest, AccessState, ApiAccess, ApiKey, KeyUsage
from apikeys.services.api_access import request_access, withdraw_request
from apikeys.services.keys import CreatedKey
from tests.apikeys.services.access_steps import suspend
from tests.factories import (
    PLATFORM,
    acting,
    make_expired_key,
    make_key,
    make_person,
    put_access,
    signed_in,
)

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(northwind: Tenant) -> str:
    """Northwind in Rita's portfolio."""
    return f"/portfolio/{northwind.public_id}/"


@pytest.fixture
def client(rita: User) -> Client:
    """Rita's browser."""
    return signed_in(rita)


@pytest.fixture
def asked(northwind: Tenant, alice: User) -> AccessRequest:
    """Alice's request for API access."""
    put_access(northwind, AccessState.NONE)
    return request_access(actor=acting(alice), tenant=northwind, reason="Payouts")


def state(tenant: Tenant) -> str:
    """The state of the tenant's API access now."""
    return ApiAccess.objects.get(tenant=tenant).state


def test_it_approves_a_request(
    client: Client, url: str, northwind: Tenant, asked: AccessRequest
) -> None:
    """After showing who asked for what; back to the tenant's page."""
    page = client.get(f"{url}approve/").content.decode()
    assert "Payouts" in page
    assert "Alice" in page
    answer = client.post(f"{url}approve/", {"text": "Welcome"})
    assert (answer.status_code, answer["Location"]) == (303, url)
    asked.refresh_from_db()
    assert (state(northwind), asked.decision_text) == ("enabled", "Welcome")


def test_it_declines_only_with_a_reason(
    client: Client, url: str, northwind: Tenant, asked: AccessRequest
) -> None:
    """The tenant reads it."""
    assert client.post(f"{url}decline/", {"text": " "}).status_code == 422
    assert state(northwind) == "requested"
    assert client.post(f"{url}decline/", {"text": "No contract yet"}).status_code == 303
    asked.refresh_from_db()
    assert (state(northwind), asked.decision_text) == ("none", "No contract yet")


@pytest.mark.parametrize("act", ["approve", "decline"])
def test_it_says_what_happened_to_a_request_that_is_gone(
    act: str, client: Client, url: str, northwind: Tenant, alice: User, asked: AccessRequest
) -> None:
    """409 with the state as it is now, whole page or dialog."""
    withdraw_request(actor=acting(alice), tenant=northwind)
    for headers in ({}, HTMX):
        answer = client.post(f"{url}{act}/", {"text": "Late"}, headers=headers)
        assert answer.status_code == 409
        assert "is now: not requested" in answer.content.decode()
    assert client.get(f"{url}{act}/").status_code == 409
    assert state(northwind) == "none"


def test_it_refuses_to_decide_for_an_account_of_ones_own(
    client: Client,
    url: str,
    northwind: Tenant,
    rita: User,
    oscar: User,
    asked: AccessRequest,
) -> None:
    """Who is both manager and member sends it to an operator, whatever their role there."""
    add_member(actor=PLATFORM, tenant=northwind, user=rita, role=Role.VIEWER)
    for answer in (client.get(f"{url}approve/"), client.post(f"{url}approve/", {"text": ""})):
        assert answer.status_code == 403
        assert "Ask Oscar (oscar@example.com)" in answer.content.decode()
    assert state(northwind) == "requested"
    assert AuditEvent.objects.get(outcome="refused").data == {"code": "own_account"}


def test_it_enables_without_a_request(client: Client, url: str, northwind: Tenant) -> None:
    """A relationship manager needs nobody to ask first."""
    put_access(northwind, AccessState.NONE)
    assert client.post(f"{url}enable/").status_code == 303
    assert state(northwind) == "enabled"


def test_it_says_what_a_suspension_hits(
    client: Client, url: str, northwind: Tenant, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    """How many keys, how many used in the last hour; account and environment beside it."""
    make_expired_key(northwind, name="Old")
    KeyUsage.objects.create(key=payroll.key, last_used_at=Now() - timedelta(minutes=59))
    KeyUsage.objects.create(key=admin_key.key, last_used_at=Now() - timedelta(minutes=61))
    answer = client.get(f"{url}suspend/", headers=HTMX)
    hit = dict(answer.context["act"].facts)
    assert hit["Keys that stop"] == "2 active keys"
    assert hit["Used in the last hour"] == "1 key"
    for words in ("Northwind Traders", "Sandbox", "Their next request will be refused"):
        assert words in answer.content.decode()


def test_it_suspends_with_two_texts_and_restores_with_a_reason(
    client: Client, url: str, northwind: Tenant, payroll: CreatedKey
) -> None:
    """Both texts are required; the page that restores lists what comes back."""
    texts = {"client_text": "Unusual traffic", "internal_note": "Ticket 7"}
    for missing in texts:
        assert client.post(f"{url}suspend/", texts | {missing: ""}).status_code == 422
    assert client.post(f"{url}suspend/", texts).status_code == 303
    access = ApiAccess.objects.get(tenant=northwind)
    assert (access.client_text, access.internal_note) == ("Unusual traffic", "Ticket 7")
    make_expired = ApiKey.objects.filter(pk=payroll.key.pk)
    page = client.get(f"{url}restore/")
    assert [key.name for key in page.context["act"].hits] == ["Payroll"]
    make_expired.update(expires_at=Now() - timedelta(hours=1))
    assert client.get(f"{url}restore/").context["act"].hits == []
    assert client.post(f"{url}restore/", {"reason": ""}).status_code == 422
    assert client.post(f"{url}restore/", {"reason": "Cleared up"}).status_code == 303
    assert state(northwind) == "enabled"


def test_it_keeps_an_operators_suspension_for_operators_to_restore(
    client: Client, url: str, northwind: Tenant, oscar: User
) -> None:
    """The page of the account says so, offers no button, and the address says it again."""
    suspend(northwind, oscar)
    said = "only an operator restores it. Ask Oscar (oscar@example.com)."
    page = client.get(url).content.decode()
    assert said in page
    assert f'href="{url}restore/"' not in page
    for answer in (client.get(f"{url}restore/"), client.post(f"{url}restore/", {"reason": "Fine"})):
        assert answer.status_code == 409
        assert said in answer.content.decode()
    assert state(northwind) == "suspended"
    assert signed_in(oscar).post(f"{url}restore/", {"reason": "Fine"}).status_code == 303


def test_it_lets_an_operator_take_a_suspension_over(
    client: Client, url: str, northwind: Tenant, rita: User, oscar: User
) -> None:
    """Beside restoring it; to the manager it offers restoring alone."""
    suspend(northwind, rita)
    operator = signed_in(oscar)
    page = operator.get(url).content.decode()
    assert all(f'href="{url}{act}/"' in page for act in ("suspend", "restore"))
    assert f'href="{url}suspend/"' not in client.get(url).content.decode()
    assert client.get(f"{url}suspend/").status_code == 409
    asked = operator.get(f"{url}suspend/").content.decode()
    assert "only an operator can restore it" in asked
    assert "Keys that stop" not in asked
    texts = {"client_text": "Fraud", "internal_note": "Case 9"}
    assert operator.post(f"{url}suspend/", texts).status_code == 303
    assert ApiAccess.objects.get(tenant=northwind).suspended_by_operator
    assert operator.get(f"{url}suspend/").status_code == 409
    assert f'href="{url}suspend/"' not in operator.get(url).content.decode()


def test_it_says_up_to_which_limit_an_operator_lets_the_manager_go(
    client: Client, url: str, oscar: User
) -> None:
    """Rather than let them run into it."""
    signed_in(oscar).post(f"{url}limit/", {"limit": "3"})
    assert "From 1 to 3. An operator set that" in client.get(f"{url}limit/").content.decode()
    answer = client.post(f"{url}limit/", {"limit": "4"})
    assert answer.status_code == 422
    assert "At most 3; above that ask an operator." in answer.content.decode()


def test_it_deletes_all_keys_only_after_the_accounts_name_was_typed(
    client: Client, url: str, northwind: Tenant, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    """And says how many, before and after."""
    make_expired_key(northwind, name="Old")
    page = client.get(f"{url}revoke-all/").content.decode()
    assert "3 keys, the expired ones too" in page
    assert "Delete 3 keys" in page
    form = {"confirmation": "northwind", "reason": "Leaked"}
    answer = client.post(f"{url}revoke-all/", form)
    assert answer.status_code == 422
    assert "Type the account’s name: Northwind Traders" in answer.content.decode().replace(
        "&#x27;", "’"
    )
    assert ApiKey.objects.filter(revoked_at=None).count() == 3
    done = client.post(f"{url}revoke-all/", form | {"confirmation": "Northwind Traders"})
    assert done.status_code == 303
    assert "3 keys of Northwind Traders deleted" in client.get(url).content.decode()
    assert not ApiKey.objects.filter(revoked_at=None).exists()


def test_it_deletes_one_key_with_a_reason(client: Client, url: str, payroll: CreatedKey) -> None:
    """A leak on a Friday night; in the dialog lists refresh. A second time changes nothing."""
    path = f"{url}keys/{payroll.key.client_id}/delete/"
    assert client.post(path, {"reason": " "}).status_code == 422
    answer = client.post(path, {"reason": "Leaked"}, headers=HTMX)
    assert answer.status_code == 204
    assert "keys-changed" in answer["HX-Trigger"]
    payroll.key.refresh_from_db()
    assert payroll.key.revoked_by_label == "Rita"
    assert client.post(path, {"reason": "Again"})["Location"] == url
    event = AuditEvent.objects.get(event="key.revoked")
    assert event.data["reason"] == "Leaked"


def test_it_warns_before_a_key_in_use_is_deleted(
    client: Client, url: str, payroll: CreatedKey
) -> None:
    """With time and address of the last use."""
    KeyUsage.objects.create(key=payroll.key, last_used_at=Now(), last_used_from="203.0.113.7")
    page = client.get(f"{url}keys/{payroll.key.client_id}/delete/").content.decode()
    assert "A program still uses this key" in page
    assert "203.0.113.7" in page


@pytest.mark.parametrize("limit", ["0", "11", "many", ""])
def test_it_holds_managers_to_the_ceiling(
    limit: str, client: Client, url: str, northwind: Tenant, settings: LazySettings
) -> None:
    """From 1 to the ceiling; a reason does not help them."""
    settings.KEY_LIMIT_CEILING = 10
    answer = client.post(f"{url}limit/", {"limit": limit, "reason": "Please"})
    assert answer.status_code == 422
    assert ApiAccess.objects.get(tenant=northwind).key_limit == 10


def test_it_lets_operators_above_the_ceiling_with_a_reason(
    oscar: User, url: str, northwind: Tenant
) -> None:
    """Nobody else, and not without one."""
    client = signed_in(oscar)
    assert client.post(f"{url}limit/", {"limit": "20"}).status_code == 422
    answer = client.post(f"{url}limit/", {"limit": "20", "reason": "A marketplace"})
    assert answer.status_code == 303
    assert ApiAccess.objects.get(tenant=northwind).key_limit == 20


def test_it_lowers_the_limit_below_the_active_keys_and_says_what_follows(
    client: Client, url: str, northwind: Tenant
) -> None:
    """Existing keys stay."""
    for number in range(3):
        make_key(northwind, name=f"Key {number}")
    answer = client.post(f"{url}limit/", {"limit": "2"}, follow=True)
    assert "It keeps the 3 it has" in answer.content.decode()
    assert ApiKey.objects.active().count() == 3


def test_it_hands_a_tenant_to_an_active_manager(
    oscar: User, rita: User, url: str, northwind: Tenant
) -> None:
    """Operators only; the one who had it no longer sees it."""
    sam = make_person("Sam", staff_role=StaffRole.RELATIONSHIP_MANAGER)
    gone = make_person("Gone", staff_role=StaffRole.RELATIONSHIP_MANAGER, is_active=False)
    assert signed_in(rita).post(f"{url}hand-over/", {"manager": sam.public_id}).status_code == 403
    client = signed_in(oscar)
    member = make_person("Mia", staff_role=StaffRole.RELATIONSHIP_MANAGER)
    add_member(actor=PLATFORM, tenant=northwind, user=member, role=Role.VIEWER)
    offered = client.get(f"{url}hand-over/").content.decode()
    assert sam.public_id in offered
    assert member.public_id not in offered
    assert client.post(f"{url}hand-over/", {"manager": gone.public_id}).status_code == 422
    assert client.post(f"{url}hand-over/", {"manager": sam.public_id}).status_code == 303
    assert signed_in(rita).get(url).status_code == 404
    assert signed_in(sam).get(url).status_code == 200


def _onboarding(client: Client) -> dict[str, str]:
    """The onboarding form as it was opened, filled in."""
    public_id = client.get("/portfolio/new/").context["form"]["public_id"].value()
    return {
        "name": "Adatum",
        "kind": "partner",
        "admin_email": "ada@example.com",
        "public_id": public_id,
    }


def test_it_opens_one_tenant_from_a_form_that_is_sent_twice(client: Client) -> None:
    """The second time shows the first one's, and nobody is invited twice."""
    form = _onboarding(client)
    first, second = (client.post("/portfolio/new/", form, follow=True) for _ in range(2))
    assert second.redirect_chain == first.redirect_chain
    assert "Nothing was opened twice" in second.content.decode()
    assert Tenant.objects.filter(name="Adatum").count() == 1
    assert Invitation.objects.filter(email="ada@example.com").count() == 1


def test_it_onboards_a_tenant_into_the_managers_portfolio(client: Client, rita: User) -> None:
    """With its first admin's invitation."""
    form = _onboarding(client) | {"admin_email": "Ada@Example.com"}
    answer = client.post("/portfolio/new/", form, follow=True)
    tenant = Tenant.objects.get(name="Adatum")
    assert answer.redirect_chain == [(f"/portfolio/{tenant.public_id}/", 303)]
    assert "ada@example.com is invited" in answer.content.decode()
    assert tenant.relationship_manager == rita
    assert Invitation.objects.get(tenant=tenant).role == Role.ADMIN


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"kind": "planet"},
        {"admin_email": "ada"},
        {"public_id": "acct_0123456789ABCDEFGHIJ"},
        {"public_id": ""},
    ],
)
def test_it_opens_nothing_from_a_form_to_correct(wrong: dict[str, str], client: Client) -> None:
    """422, with what was typed still there."""
    answer = client.post("/portfolio/new/", _onboarding(client) | wrong)
    assert answer.status_code == 422
    assert not Tenant.objects.filter(name="Adatum").exists()


def test_it_invites_an_admin_only_where_there_is_none(
    client: Client, url: str, northwind: Tenant
) -> None:
    """An account's admins invite everybody else."""
    assert client.post(f"{url}invite-admin/", {"email": "ada@example.com"}).status_code == 303
    add_member(actor=PLATFORM, tenant=northwind, user=make_person("Ada"), role=Role.ADMIN)
    answer = client.post(f"{url}invite-admin/", {"email": "new@example.com"})
    assert answer.status_code == 422
    assert "has an admin" in answer.content.decode()
    assert Invitation.objects.count() == 1


def test_it_shows_a_forms_errors_in_the_dialog(client: Client, url: str) -> None:
    """The partial again, with 422."""
    answer = client.post(f"{url}suspend/", {}, headers=HTMX)
    assert answer.status_code == 422
    assert "<html" not in answer.content.decode()
    assert 'id="error-summary"' in answer.content.decode()
