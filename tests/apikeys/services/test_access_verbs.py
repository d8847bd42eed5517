"""Onboarding a tenant and enabling its API access."""

import pytest
from django.db import transaction

from accounts.clock import database_now
from accounts.models import Tenant, TenantKind, User
from apikeys.models import AccessState, ApiAccess
from apikeys.services.api_access import access_of, enable_access
from apikeys.services.onboarding import open_tenant
from tests.factories import PLATFORM, make_tenant

pytestmark = pytest.mark.django_db


def test_it_onboards_a_tenant_without_access_and_with_the_usual_limit(rita: User) -> None:
    with transaction.atomic():
        tenant = open_tenant(
            actor=PLATFORM,
            name="Northwind Traders",
            kind=TenantKind.PARTNER,
            contact_email=" Office@Example.com ",
            relationship_manager=rita,
        )
    tenant.refresh_from_db()
    assert (tenant.kind, tenant.contact_email) == ("partner", "office@example.com")
    assert tenant.relationship_manager == rita
    access = access_of(tenant)
    assert (access.state, access.key_limit) == (AccessState.NONE, 10)


def test_it_gives_a_tenant_a_public_id_or_keeps_the_one_it_has() -> None:
    assert make_tenant().public_id.startswith("acct_")
    imported = open_tenant(
        actor=PLATFORM, name="Old", kind=TenantKind.CORPORATE, public_id="merchant_1-a"
    )
    assert Tenant.objects.get(public_id="merchant_1-a") == imported


def test_it_enables_access_and_notes_when() -> None:
    tenant = make_tenant(access=AccessState.NONE)
    before = database_now()
    enable_access(actor=PLATFORM, tenant=tenant)
    access = access_of(tenant)
    assert access.state == AccessState.ENABLED
    assert before < access.changed_at < database_now()


def test_it_changes_nothing_when_access_is_enabled() -> None:
    tenant = make_tenant()
    before = ApiAccess.objects.values().get()
    enable_access(actor=PLATFORM, tenant=tenant)
    assert ApiAccess.objects.values().get() == before
