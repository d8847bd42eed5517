"""Searching tenants: what is found, by whom, and where it ends."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actor import StaffActor
from accounts.models import Tenant, User
from accounts.roles import Role
from apikeys.pages.portfolio import search as tenant_search
from apikeys.pages.portfolio.search import search
from tests.factories import end_membership, make_member, make_tenant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("q", ["northwind", "WIND TRA", "no", "N", "alice@example", "al", "ALICE@"])
def test_it_finds_by_any_part_of_three_letters_and_by_the_beginning_of_fewer(
    q: str, northwind: Tenant, alice: User, rita: User
) -> None:
    assert search(StaffActor(rita), q).pks == [northwind.pk]


@pytest.mark.parametrize("q", ["wi", "or", "qzx", "qz", "a&b", "%", "_"])
def test_it_finds_nothing_else(q: str, northwind: Tenant, alice: User, rita: User) -> None:
    assert search(StaffActor(rita), q).pks == []


def test_it_finds_by_the_account_id(northwind: Tenant, rita: User) -> None:
    for q in (northwind.public_id, northwind.public_id[8:].lower()):
        assert search(StaffActor(rita), q).pks == [northwind.pk]


def test_it_finds_the_whole_text_and_not_only_the_parts_that_an_index_is_asked_for(
    rita: User,
) -> None:
    made = {
        name: make_tenant(name, relationship_manager=rita)
        for name in ("Blue Harbour Foods", "Harbour of Blue Foods", "Blue Harbour Food")
    }
    found = search(StaffActor(rita), "blue harbour foods").pks
    assert found == [made["Blue Harbour Foods"].pk]


@pytest.mark.parametrize(
    ("q", "found"),
    [("anna@one.example", True), ("anna@one", True), ("anna@two", False), ("nna@", True)],
)
def test_it_finds_the_whole_email(q: str, found: bool, northwind: Tenant, rita: User) -> None:
    make_member(northwind, Role.VIEWER, "Anna", email="anna@one.example")
    assert search(StaffActor(rita), q).pks == ([northwind.pk] if found else [])


def test_it_finds_an_account_id_only_where_its_beginning_is(northwind: Tenant, rita: User) -> None:
    own = northwind.public_id.removeprefix("acct_")
    assert search(StaffActor(rita), f"ACCT_{own[:6]}").pks == [northwind.pk]
    assert search(StaffActor(rita), f"acct_{own[1:7]}").pks == []


def test_it_takes_the_beginning_of_every_account_id_for_no_hit(
    northwind: Tenant, rita: User
) -> None:
    assert search(StaffActor(rita), "acct_").pks == []


def test_it_finds_nothing_of_another_portfolio(contoso: Tenant, charlie: User, rita: User) -> None:
    for q in ("Contoso", contoso.public_id, "charlie"):
        assert search(StaffActor(rita), q).pks == []


def test_it_finds_nobody_who_left(northwind: Tenant, alice: User, rita: User) -> None:
    end_membership(alice, northwind)
    assert search(StaffActor(rita), "alice").pks == []


def test_it_says_where_there_were_more(rita: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenant_search, "CANDIDATES", 2)
    made = [make_tenant(f"Bakery {number}", relationship_manager=rita) for number in range(3)]
    assert search(StaffActor(rita), "Bakery").more
    assert len(search(StaffActor(rita), "Bakery").pks) == 2
    assert search(StaffActor(rita), made[0].name).more is False


@pytest.mark.parametrize(
    ("q", "index"),
    [
        ("bak", "tenant_name_trigrams"),
        ("bak", "tenant_id_trigrams"),
        ("bak", "user_email_trigrams"),
        ("blue bakery foods", "tenant_name_trigrams"),
        ("acct_baker", "tenant_id_trigrams"),
        ("anna@bakery.example", "user_email_trigrams"),
        ("ba", "tenant_name_beginning"),
    ],
)
def test_an_index_can_answer(q: str, index: str, oscar: User) -> None:
    """With so few rows other ways are cheaper; forbidden those, the planner must have the index."""
    with CaptureQueriesContext(connection) as asked:
        search(StaffActor(oscar), q)
    with connection.cursor() as cursor:
        for way in ("seqscan", "indexscan", "indexonlyscan", "nestloop"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        plans = []
        for query in asked.captured_queries:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plans += [line for (line,) in cursor.fetchall()]
    assert any(index in line for line in plans), "\n".join(plans)
