"""A tenant's summary follows its keys: with every verb at once, with time by the sweep."""

import io
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.actor import StaffActor
from accounts.clock import database_now
from accounts.models import Tenant, User
from apikeys.models import ApiKey, KeyUsage, SummarySweep, TenantSummary
from apikeys.pages.portfolio.query import PortfolioQuery, tenants_for
from apikeys.services.api_access import set_key_limit
from apikeys.services.emergency import revoke_all_keys
from apikeys.services.keys import CreatedKey, edit_key, revoke_key
from apikeys.services.summaries import (
    ABANDONED_AFTER,
    SWEEP_INTERVAL,
    sweep,
    write_summaries,
)
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


def spoil(tenant: Tenant) -> None:
    """Let the summary say what is not so."""
    TenantSummary.objects.filter(tenant=tenant).update(active_keys=7)


def test_the_sweep_sees_that_a_key_expired(payroll: CreatedKey, northwind: Tenant) -> None:
    let_expire(payroll.key)
    assert sum(sweep()) == 1
    assert (summary(northwind).active_keys, summary(northwind).expiring_keys) == (0, 0)


def test_the_sweep_sees_that_a_key_is_unused(payroll: CreatedKey, northwind: Tenant) -> None:
    ApiKey.objects.filter(pk=payroll.key.pk).update(created_at=Now() - timedelta(days=91))
    list(sweep())
    assert summary(northwind).unused_keys == 1


def test_the_sweep_sees_that_a_key_was_used(payroll: CreatedKey, northwind: Tenant) -> None:
    ApiKey.objects.filter(pk=payroll.key.pk).update(created_at=Now() - timedelta(days=91))
    usage = KeyUsage.objects.create(key=payroll.key, last_used_at=database_now())
    list(sweep())
    assert summary(northwind).unused_keys == 0
    assert summary(northwind).last_use_at == usage.last_used_at


def versions() -> dict[int, str]:
    """Where PostgreSQL has the rows: another place for each row that was written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, ctid::text || xmin::text FROM apikeys_tenantsummary")
        return dict(cursor.fetchall())


def test_the_sweep_writes_only_rows_that_changed(northwind: Tenant, contoso: Tenant) -> None:
    spoil(northwind)
    before = versions()
    assert sum(sweep()) == 1
    changed = {tenant for tenant, version in versions().items() if version != before[tenant]}
    assert changed == {northwind.pk}


def test_a_sweep_that_is_not_due_does_nothing(northwind: Tenant) -> None:
    list(sweep())
    spoil(northwind)
    assert list(sweep()) == []
    SummarySweep.objects.update(
        began_at=F("began_at") - SWEEP_INTERVAL, checked_at=F("checked_at") - SWEEP_INTERVAL
    )
    assert sum(sweep()) == 1


def test_a_sweep_that_died_keeps_others_waiting_for_half_an_hour(northwind: Tenant) -> None:
    next(sweep())
    spoil(northwind)
    assert list(sweep(timedelta(0))) == []
    SummarySweep.objects.update(began_at=F("began_at") - ABANDONED_AFTER)
    assert sum(sweep(timedelta(0))) == 1


def test_pages_show_when_figures_were_last_compared(northwind: Tenant, rita: User) -> None:
    TenantSummary.objects.update(as_of=Now() - timedelta(days=3))
    assert compared(rita) < database_now() - timedelta(days=2)
    assert sum(sweep()) == 0
    assert compared(rita) > database_now() - timedelta(minutes=1)


def compared(person: User) -> datetime:
    """The time that the portfolio knows of its first tenant's figures."""
    first = tenants_for(StaffActor(person), PortfolioQuery()).first()
    assert first is not None
    found: datetime = first.as_of  # type: ignore[attr-defined]  # annotated
    return found


def test_the_sweep_goes_on_after_a_batch() -> None:
    for _ in range(3):
        spoil(make_tenant())
    assert list(sweep(batch=2)) == [2, 1]


def test_the_sweep_adds_a_summary_that_is_missing(payroll: CreatedKey, northwind: Tenant) -> None:
    TenantSummary.objects.filter(tenant=northwind).delete()
    assert sum(sweep()) == 1
    assert summary(northwind).active_keys == 1


def test_the_command_says_how_many_it_refreshed(northwind: Tenant) -> None:
    spoil(northwind)
    said = io.StringIO()
    call_command("refresh_summaries", stdout=said)
    assert said.getvalue() == "1 summaries refreshed.\n"


def test_the_worker_sweeps(northwind: Tenant) -> None:
    spoil(northwind)
    call_command("run_worker", once=True)
    assert summary(northwind).active_keys == 0


@pytest.mark.django_db(transaction=True)
def test_the_sweep_waits_for_no_verb(northwind: Tenant, contoso: Tenant) -> None:
    spoil(northwind)
    spoil(contoso)
    with as_superuser() as verb, verb.transaction():
        verb.execute(
            "SELECT 1 FROM apikeys_tenantsummary WHERE tenant_id = %s FOR UPDATE", [northwind.pk]
        )
        assert sum(sweep()) == 1
    assert sum(sweep(timedelta(0))) == 1
