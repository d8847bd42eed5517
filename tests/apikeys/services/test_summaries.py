"""A tenant's summary follows its keys: with every verb at once, with time by the sweep."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models.functions import Now

from accounts.actor import StaffActor
from accounts.clock import database_now
from accounts.models import Tenant, User
from apikeys.models import ApiKey, KeyUsage, TenantSummary
from apikeys.services.api_access import set_key_limit
from apikeys.services.emergency import revoke_all_keys
from apikeys.services.keys import CreatedKey, edit_key, revoke_key
from apikeys.services.summaries import sweep, write_summaries
from tests.database_roles import as_superuser
from tests.factories import PLATFORM, let_expire, make_key, make_tenant

pytestmark = pytest.mark.django_db


def summary(tenant: Tenant) -> TenantSummary:
    """The row as it is in the database."""
    return TenantSummary.objects.get(tenant=tenant)


def test_it_comes_with_the_tenant(contoso: Tenant) -> None:
    assert (summary(contoso).active_keys, summary(contoso).at_limit) == (0, False)


def test_it_counts_a_new_key(payroll: CreatedKey, northwind: Tenant) -> None:
    assert summary(northwind).active_keys == 1


def test_it_knows_the_next_expiration(northwind: Tenant) -> None:
    soon, later = (database_now() + timedelta(days=days) for days in (29, 40))
    for time in (later, soon):
        make_key(northwind, expires_at=time)
    assert summary(northwind).next_expiry_at == soon
    assert summary(northwind).expiring_keys == 1


def test_it_follows_an_edited_expiration(payroll: CreatedKey, northwind: Tenant) -> None:
    time = database_now() + timedelta(days=3)
    edit_key(actor=PLATFORM, key=payroll.key, expires_at=time)
    assert (summary(northwind).next_expiry_at, summary(northwind).expiring_keys) == (time, 1)


def test_it_follows_a_revoked_key(payroll: CreatedKey, northwind: Tenant) -> None:
    revoke_key(actor=PLATFORM, key=payroll.key)
    assert summary(northwind).active_keys == 0


def test_it_follows_when_all_keys_are_revoked(
    payroll: CreatedKey, admin_key: CreatedKey, northwind: Tenant, rita: User
) -> None:
    manager = StaffActor(rita)
    revoke_all_keys(actor=manager, tenant=northwind, confirmation=northwind.name, reason="Leak")
    assert summary(northwind).active_keys == 0


def test_it_follows_the_limit(payroll: CreatedKey, northwind: Tenant, rita: User) -> None:
    set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=1)
    assert summary(northwind).at_limit
    set_key_limit(actor=StaffActor(rita), tenant=northwind, limit=2)
    assert not summary(northwind).at_limit


def test_it_is_undone_with_the_verb(northwind: Tenant) -> None:
    with transaction.atomic():
        make_key(northwind)
        transaction.set_rollback(True)
    assert summary(northwind).active_keys == 0


def test_it_counts_another_tenants_keys_nowhere(payroll: CreatedKey, contoso: Tenant) -> None:
    write_summaries([contoso.pk])
    assert summary(contoso).active_keys == 0


def age(tenant: Tenant) -> None:
    """Let the summary be an hour old."""
    TenantSummary.objects.filter(tenant=tenant).update(as_of=Now() - timedelta(hours=1))


def test_the_sweep_sees_that_a_key_expired(payroll: CreatedKey, northwind: Tenant) -> None:
    let_expire(payroll.key)
    age(northwind)
    assert sum(sweep()) == 1
    assert (summary(northwind).active_keys, summary(northwind).expiring_keys) == (0, 0)


def test_the_sweep_sees_that_a_key_is_unused(payroll: CreatedKey, northwind: Tenant) -> None:
    ApiKey.objects.filter(pk=payroll.key.pk).update(created_at=Now() - timedelta(days=91))
    age(northwind)
    list(sweep())
    assert summary(northwind).unused_keys == 1


def test_the_sweep_sees_that_a_key_was_used(payroll: CreatedKey, northwind: Tenant) -> None:
    ApiKey.objects.filter(pk=payroll.key.pk).update(created_at=Now() - timedelta(days=91))
    usage = KeyUsage.objects.create(key=payroll.key, last_used_at=database_now())
    age(northwind)
    list(sweep())
    assert summary(northwind).unused_keys == 0
    assert summary(northwind).last_use_at == usage.last_used_at


def test_the_sweep_leaves_what_is_fresh(northwind: Tenant, contoso: Tenant) -> None:
    age(northwind)
    before = summary(contoso).as_of
    list(sweep())
    assert summary(contoso).as_of == before
    assert summary(northwind).as_of > database_now() - timedelta(minutes=1)


def test_the_sweep_goes_on_after_a_batch() -> None:
    for _ in range(3):
        age(make_tenant())
    assert list(sweep(batch=2)) == [2, 1]


def test_the_sweep_adds_a_summary_that_is_missing(payroll: CreatedKey, northwind: Tenant) -> None:
    TenantSummary.objects.filter(tenant=northwind).delete()
    assert sum(sweep()) == 1
    assert summary(northwind).active_keys == 1


def test_the_command_says_how_many_it_refreshed(northwind: Tenant) -> None:
    age(northwind)
    said = io.StringIO()
    call_command("refresh_summaries", stdout=said)
    assert said.getvalue() == "1 summaries refreshed.\n"


def test_the_worker_sweeps_what_is_due_and_leaves_what_is_fresh(
    northwind: Tenant, contoso: Tenant
) -> None:
    age(northwind)
    before = summary(contoso).as_of
    call_command("run_worker", once=True)
    assert summary(northwind).as_of > database_now() - timedelta(minutes=1)
    assert summary(contoso).as_of == before


@pytest.mark.django_db(transaction=True)
def test_the_sweep_waits_for_no_verb(northwind: Tenant, contoso: Tenant) -> None:
    age(northwind)
    age(contoso)
    with as_superuser() as verb, verb.transaction():
        verb.execute(
            "SELECT 1 FROM apikeys_tenantsummary WHERE tenant_id = %s FOR UPDATE", [northwind.pk]
        )
        assert sum(sweep()) == 1
    assert sum(sweep()) == 1
