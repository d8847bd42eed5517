"""A platform key manages every merchant's keys here, as "platform", and nothing elsewhere."""

import pytest
from django.test import Client

from accounts.models import AuditEvent, Membership, Tenant, User
from accounts.roles import Permission, Role
from apikeys.credentials import new_client_secret
from apikeys.errors import ActorEnded
from apikeys.models import ApiKey, PlatformKey
from apikeys.platform_actor import PlatformKeyActor
from apikeys.services.keys import CreatedKey, create_key
from apikeys.services.platform_keys import CreatedPlatformKey, revoke_platform_key
from tests.apikeys.rest.merchant.calls import (
    CREATE,
    UNKNOWN_MERCHANT,
    address,
    bad,
    fault,
    merchant,
    post,
)
from tests.factories import PLATFORM, end_membership, make_member
from tests.racing import overtake


def test_it_creates_for_every_merchant_and_is_stored_as_platform(
    platform: Client, platform_key: CreatedPlatformKey, northwind: Tenant, fabrikam: Tenant
) -> None:
    for tenant in (northwind, fabrikam):
        created = post(platform, merchant(tenant), CREATE | {"role": "admin"}).json()
        key = ApiKey.objects.get(client_id=created["key_id"])
        assert (key.tenant, key.email, key.role) == (tenant, tenant.contact_email, "admin")
        assert (key.created_by_type, key.created_by_label) == ("system", "platform")
        event = AuditEvent.objects.get(event="key.created", target_id=key.client_id)
        assert event.tenant == tenant
        assert (event.actor_type, event.actor_id, event.actor_label) == (
            "system",
            platform_key.key.client_id,
            "platform",
        )


def test_it_revokes_as_platform(
    platform: Client, platform_key: CreatedPlatformKey, payroll: CreatedKey
) -> None:
    assert platform.delete(address(payroll)).json()["revoked"] is True
    payroll.key.refresh_from_db()
    assert (payroll.key.revoked_by_label, payroll.key.revoked_by_id) == (
        "platform",
        platform_key.key.client_id,
    )


def test_it_takes_the_oldest_current_admins_email_where_there_is_no_contact(
    platform: Client, northwind: Tenant, alice: User, bob: User
) -> None:
    Tenant.objects.update(contact_email="")
    second = make_member(northwind, Role.ADMIN, "Second")
    for responsible in (alice, second):
        created = post(platform, merchant(northwind), CREATE).json()
        assert ApiKey.objects.get(client_id=created["key_id"]).email == responsible.email
        end_membership(responsible, northwind)
    assert Membership.objects.current().get(tenant=northwind).user == bob


def test_it_creates_nothing_that_nobody_is_responsible_for(
    platform: Client, northwind: Tenant, bob: User
) -> None:
    Tenant.objects.update(contact_email="")
    message = fault(post(platform, merchant(northwind), CREATE), 400, "IR_16")
    assert "nobody would be responsible" in message
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("merchant_id", [UNKNOWN_MERCHANT, "%00", "%F0%9F%94%91", "x" * 65])
def test_it_hears_where_there_is_no_such_merchant(platform: Client, merchant_id: str) -> None:
    message = fault(platform.get(f"/api_keys/{merchant_id}/list"), 404, "HE_02")
    assert message == "Merchant account does not exist in our records"


def test_it_finds_a_key_under_its_own_merchant_only(
    platform: Client, payroll: CreatedKey, contoso: Tenant
) -> None:
    elsewhere = f"{merchant(contoso)}/{payroll.key.client_id}"
    for answer in (
        platform.get(elsewhere),
        post(platform, elsewhere, {}),
        platform.delete(elsewhere),
    ):
        fault(answer, 404, "HE_02")
    payroll.key.refresh_from_db()
    assert payroll.key.revoked_at is None


def test_it_is_held_to_the_merchants_limit(platform: Client, northwind: Tenant) -> None:
    for _ in range(10):
        assert post(platform, merchant(northwind), CREATE).status_code == 200
    fault(post(platform, merchant(northwind), CREATE), 400, "IR_16")


def test_it_is_unauthorized_from_the_moment_it_is_revoked(
    platform: Client, platform_key: CreatedPlatformKey, url: str
) -> None:
    assert platform.get(f"{url}/list").status_code == 200
    revoke_platform_key(actor=PLATFORM, key=platform_key.key)
    fault(platform.get(f"{url}/list"), 401, "IR_01")


def test_the_canonical_api_goes_on_to_refuse_it(platform: Client) -> None:
    for path in ("self", "keys"):
        answer = platform.get(f"/v1/api-key/{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_its_secret_in_an_address_is_recorded_in_no_tenants_trail(
    platform_key: CreatedPlatformKey, url: str
) -> None:
    invented = new_client_secret("dev").text
    for secret in (invented, platform_key.secret.text, platform_key.secret.text):
        bad(Client().get(f"{url}/list?x={secret}"))
    event = AuditEvent.objects.get(event="key.secret_in_url")
    assert (event.tenant, event.target_id) == (None, platform_key.key.client_id)
    assert platform_key.secret.text not in str(event.__dict__)


def test_it_may_do_with_keys_what_this_api_does_and_nothing_with_people(
    platform_key: CreatedPlatformKey, northwind: Tenant
) -> None:
    actor = PlatformKeyActor(platform_key.key)
    assert {each for each in Permission if actor.may(each, northwind)} == {
        Permission.READ_KEYS,
        Permission.CHANGE_KEYS,
        Permission.CREATE_KEYS,
        Permission.ASSIGN_KEY_ROLE,
        Permission.CHANGE_KEY_TERMS,
        Permission.REVOKE_KEYS,
    }


@pytest.mark.django_db(transaction=True)
def test_it_makes_nothing_when_it_was_revoked_while_it_waited_for_the_tenant(
    platform_key: CreatedPlatformKey, northwind: Tenant
) -> None:
    def revoke() -> None:
        Tenant.objects.select_for_update().get(pk=northwind.pk)
        revoke_platform_key(actor=PLATFORM, key=PlatformKey.objects.get())

    actor = PlatformKeyActor(platform_key.key)
    overtaken = overtake(
        lambda: create_key(actor=actor, tenant=northwind, email="a@example.com"), first=revoke
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, ActorEnded)
    assert not ApiKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_revoking_it_waits_for_what_it_has_begun(
    platform_key: CreatedPlatformKey, northwind: Tenant
) -> None:
    """Nothing that it does commits after its revocation was acknowledged."""
    overtaken = overtake(
        lambda: revoke_platform_key(actor=PLATFORM, key=PlatformKey.objects.get()),
        first=lambda: create_key(
            actor=PlatformKeyActor(platform_key.key), tenant=northwind, email="a@example.com"
        ),
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, PlatformKey)
    key = ApiKey.objects.get()
    assert overtaken.outcome.revoked_at is not None
    assert key.created_at < overtaken.outcome.revoked_at


@pytest.mark.django_db(transaction=True)
def test_two_of_its_requests_do_not_wait_for_each_other(
    platform_key: CreatedPlatformKey, northwind: Tenant, contoso: Tenant
) -> None:
    actor = PlatformKeyActor(platform_key.key)
    overtaken = overtake(
        lambda: create_key(actor=actor, tenant=contoso, email="a@example.com"),
        first=lambda: create_key(actor=actor, tenant=northwind, email="a@example.com"),
    )
    assert not overtaken.waited
    assert ApiKey.objects.count() == 2
