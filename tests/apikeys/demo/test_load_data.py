"""Invented data is like real data, and appended to what is there."""

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, Model

from accounts.models import Membership, Tenant, User
from apikeys.demo import load_data
from apikeys.demo.bare_tables import bare
from apikeys.models import AccessRequest, AccessState, ApiAccess, ApiKey, KeyUsage, TenantSummary
from apikeys.services.keys import CreatedKey
from apikeys.services.summaries import write_summaries
from portal.database import databases
from tests.database_roles import as_superuser
from tests.factories import make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def allowed(settings: Any) -> None:
    """The installation says that invented data may come in."""
    settings.DEMO = True


def load(tenants: int, keys: int) -> str:
    """Run the command; what it said."""
    said = io.StringIO()
    call_command("make_load_data", tenants=tenants, keys=keys, seed=1, stdout=said)
    return said.getvalue()


def test_it_refuses_where_it_was_not_allowed() -> None:
    with pytest.raises(CommandError, match="DEMO=1"):
        load(1, 1)
    assert not Tenant.objects.exists()


def test_it_refuses_in_production_whatever_was_allowed(allowed: None, settings: Any) -> None:
    settings.ENVIRONMENT_KIND = "production"
    with pytest.raises(CommandError, match="production"):
        load(1, 1)
    with pytest.raises(CommandError, match="production"):
        next(load_data.Loader().load(1, 1))
    with pytest.raises(CommandError, match="production"):
        call_command("make_demo_data")
    assert not Tenant.objects.exists()


@pytest.mark.parametrize(("tenants", "keys"), [(0, 1), (1, -1)])
def test_it_refuses_numbers_that_mean_nothing(allowed: None, tenants: int, keys: int) -> None:
    with pytest.raises(CommandError, match="at least one tenant"):
        load(tenants, keys)


def test_it_makes_as_much_as_was_asked_for(allowed: None) -> None:
    load(40, 333)
    assert (Tenant.objects.count(), ApiKey.objects.count()) == (40, 333)
    assert ApiAccess.objects.count() == TenantSummary.objects.count() == 40


def test_it_says_how_far_it_is(allowed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_data, "TENANTS_PER_BATCH", 20)
    said = load(40, 100).splitlines()
    assert [line.rpartition(",")[0] for line in said] == [
        "20 tenants, 50 keys",
        "40 tenants, 100 keys",
        "",
    ]


def test_it_appends(allowed: None, payroll: CreatedKey) -> None:
    load(5, 20)
    load(5, 20)
    assert Tenant.objects.count() == 11
    assert ApiKey.objects.filter(pk=payroll.key.pk).exists()


def test_it_stays_within_every_limit(allowed: None) -> None:
    load(60, 900)
    active = ApiKey.objects.active().values("tenant").annotate(number=Count("pk"))
    over = active.filter(number__gt=F("tenant__api_access__key_limit"))
    assert active.exists()
    assert not over.exists()


def test_it_gives_keys_to_tenants_with_api_access_alone(allowed: None) -> None:
    load(60, 300)
    states = set(ApiKey.objects.values_list("tenant__api_access__state", flat=True))
    assert states <= {AccessState.ENABLED, AccessState.SUSPENDED}


def test_it_makes_an_admin_for_every_tenant(allowed: None) -> None:
    load(20, 20)
    admins = Membership.objects.current().filter(role="admin").values("tenant").distinct()
    assert admins.count() == 20
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_it_leaves_requests_open_where_the_state_says_so(allowed: None) -> None:
    load(100, 0)
    waiting = ApiAccess.objects.filter(state=AccessState.REQUESTED)
    asked = AccessRequest.objects.open().values_list("tenant", flat=True)
    assert set(asked) == set(waiting.values_list("tenant", flat=True)) != set()


def test_it_writes_the_summaries_that_the_sweep_would(allowed: None) -> None:
    load(20, 200)
    figures = TenantSummary.objects.order_by("pk").values("pk", "active_keys", "at_limit")
    before = list(figures)
    write_summaries([row["pk"] for row in before])
    assert list(figures) == before
    assert any(row["active_keys"] for row in before)


def test_it_makes_keys_of_every_kind(allowed: None) -> None:
    load(60, 600)
    keys = ApiKey.objects.all()
    assert keys.active().exists()
    assert keys.expired().exists()
    assert keys.revoked().exists()
    assert KeyUsage.objects.exists()


# --- Into empty tables, as their owner ----------------------------------------------------------


@pytest.fixture
def as_tables_owner(transactional_db: None, allowed: None) -> Iterator[None]:
    """Django connects as the role that migrates, as manage.py has it for this command."""
    app = dict(connection.settings_dict)
    owner = databases(os.environ | {"PORTAL_DB_ROLE": "owner"})
    connection.close()
    connection.settings_dict.update(owner, NAME=app["NAME"])
    yield
    connection.close()
    connection.settings_dict.clear()
    connection.settings_dict.update(app)


@pytest.fixture
def bared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that lost their indexes for a while, with a threshold that tests can reach."""
    names: list[str] = []

    @contextmanager
    def seen(models: Sequence[type[Model]]) -> Iterator[None]:
        names.extend(model.__name__ for model in models)
        with bare(models):
            yield

    monkeypatch.setattr(load_data, "BARE_FROM", 1)
    monkeypatch.setattr(load_data, "bare", seen)
    return names


def structure() -> list[tuple[Any, ...]]:
    """Every index and constraint there is."""
    with as_superuser() as superuser:
        return [
            *superuser.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"),
            *superuser.execute(
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated"
                " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
            ),
        ]


def test_it_puts_every_index_and_constraint_back(as_tables_owner: None, bared: list[str]) -> None:
    before = structure()
    load(40, 333)
    assert sorted(bared) == sorted(model.__name__ for model in load_data.LOADED)
    assert sorted(structure()) == sorted(before)
    assert (Tenant.objects.count(), ApiKey.objects.count()) == (40, 333)
    assert TenantSummary.objects.filter(active_keys__gt=0).exists()


def interrupted(_: Sequence[int]) -> None:
    raise EOFError


def test_it_leaves_everything_as_it_was_when_it_is_interrupted(
    as_tables_owner: None, bared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = structure()
    monkeypatch.setattr(load_data, "write_summaries", interrupted)
    with pytest.raises(EOFError):
        load(40, 333)
    assert sorted(structure()) == sorted(before)
    assert not Tenant.objects.exists()


def test_it_takes_no_index_away_where_there_are_tenants(
    as_tables_owner: None, bared: list[str]
) -> None:
    make_tenant()
    load(40, 333)
    assert bared == []
    assert Tenant.objects.count() == 41


@pytest.mark.django_db(transaction=True)
def test_it_takes_no_index_away_as_the_role_that_serves(allowed: None, bared: list[str]) -> None:
    load(40, 333)
    assert bared == []
    assert Tenant.objects.count() == 40
