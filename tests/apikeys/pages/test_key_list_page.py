"""The key list: what it shows to whom, search, filters, sorts and pages."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client

from accounts.models import Tenant, User
from accounts.roles import Role
from apikeys.models import ApiKey, KeyUsage
from apikeys.pages.account import key_list
from apikeys.services.keys import CreatedKey
from tests.factories import (
    acting,
    end_membership,
    let_expire,
    make_key,
    make_revoked_key,
    signed_in,
)


@pytest.fixture
def url(northwind: Tenant) -> str:
    """Northwind's key list."""
    return f"/account/{northwind.public_id}/keys/"


def names(client: Client, url: str) -> list[str]:
    """The names in the list, in its order."""
    return [row.name for row in client.get(url).context["rows"]]


def test_it_shows_the_newest_key_first(alice: User, url: str, northwind: Tenant) -> None:
    """So that a new key is where one looks."""
    for name in ("First", "Second", "Third"):
        make_key(northwind, name=name)
    assert names(signed_in(alice), url) == ["Third", "Second", "First"]


def test_it_hides_deleted_and_expired_keys_until_asked(
    alice: User, url: str, northwind: Tenant
) -> None:
    """They stay in the history, out of the way."""
    make_key(northwind, name="Working")
    make_revoked_key(northwind, name="Deleted")
    let_expire(make_key(northwind, name="Expired").key)
    client = signed_in(alice)
    assert names(client, url) == ["Working"]
    assert set(names(client, f"{url}?all=1")) == {"Working", "Deleted", "Expired"}


def test_it_announces_a_key_that_expired_in_the_last_week(
    alice: User, url: str, northwind: Tenant
) -> None:
    """Above the list, with what can be done; older ones are history."""
    let_expire(make_key(northwind, name="Payroll").key, ago=timedelta(days=1))
    let_expire(make_key(northwind, name="Ancient").key, ago=timedelta(days=8))
    page = signed_in(alice).get(url)
    assert [note["name"] for note in page.context["announcements"]] == ["Payroll"]
    assert page.context["announcements"][0]["text"] == "expired yesterday"


@pytest.mark.parametrize("person", ["vera", "bob"])
def test_it_leaves_out_what_is_about_people(
    person: str, url: str, payroll: CreatedKey, request: pytest.FixtureRequest
) -> None:
    """Email and creator are absent for viewers and GL members, not blank."""
    page = signed_in(request.getfixturevalue(person)).get(url).content.decode()
    assert payroll.key.name in page
    assert "payroll@example.com" not in page
    assert "Alice" not in page
    assert "Responsible" not in page


@pytest.mark.parametrize(
    ("person", "controls"),
    [("vera", set()), ("bob", {"edit"}), ("alice", {"edit", "role", "delete", "new"})],
)
def test_it_offers_only_what_the_person_may_do(
    person: str,
    controls: set[str],
    url: str,
    payroll: CreatedKey,
    request: pytest.FixtureRequest,
) -> None:
    """No control that would be refused."""
    page = signed_in(request.getfixturevalue(person)).get(url).content.decode()
    seen = {
        control
        for control in ("edit", "role", "delete")
        if f"/{payroll.key.client_id}/{control}/" in page
    } | ({"new"} if "/keys/new/" in page else set())
    assert seen == controls


def test_it_searches_names_and_client_ids_and_emails(
    alice: User, url: str, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    """In any case, in any part."""
    client = signed_in(alice)
    for q in ("PAYR", payroll.key.client_id[-6:], "payroll@"):
        assert names(client, f"{url}?q={q}") == [payroll.key.name]
    assert names(client, f"{url}?q=%25") == []


def test_it_does_not_find_by_email_for_who_may_not_read_it(
    vera: User, url: str, payroll: CreatedKey
) -> None:
    """A search that finds is as good as a column that shows."""
    assert names(signed_in(vera), f"{url}?q=payroll@") == []


def test_it_filters_by_role(alice: User, url: str, payroll: CreatedKey, gl_key: CreatedKey) -> None:
    """A role that does not exist filters nothing."""
    client = signed_in(alice)
    assert names(client, f"{url}?role=GL") == [gl_key.key.name]
    assert len(names(client, f"{url}?role=owner")) == 2


def test_it_sorts_by_each_column_both_ways(alice: User, url: str, northwind: Tenant) -> None:
    """Never used counts as longest ago, never expiring as latest."""
    a = make_key(northwind, name="a").key
    b = make_key(northwind, name="B").key
    c = make_key(northwind, name="c").key
    for key, minutes in ((a, 30), (c, 20)):
        KeyUsage.objects.create(key=key, last_used_at=Now() - timedelta(minutes=minutes))
    ApiKey.objects.filter(pk=b.pk).update(expires_at=Now() + timedelta(days=1))
    ApiKey.objects.filter(pk=c.pk).update(expires_at=Now() + timedelta(days=2))
    client = signed_in(alice)
    wanted = {"name": "aBc", "created": "aBc", "last_used": "Bac", "expires": "Bca"}
    for sort, order in wanted.items():
        assert "".join(names(client, f"{url}?sort={sort}")) == order, sort
        assert "".join(names(client, f"{url}?sort=-{sort}")) == order[::-1], sort


@pytest.mark.parametrize("sort", ["", "name", "-name", "last_used", "-expires", "created"])
def test_it_pages_through_every_key_once_and_back(
    sort: str, alice: User, url: str, northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By keyset: equal values neither hide nor repeat a key."""
    monkeypatch.setitem(key_list.page_of.__kwdefaults__ or {}, "size", 3)
    for number in range(8):
        make_revoked_key(northwind, name=f"Same {number % 2}")
    client = signed_in(alice)
    forward: list[list[str]] = []
    page = client.get(f"{url}?all=1&sort={sort}")
    while True:
        forward.append([row.client_id for row in page.context["rows"]])
        if not page.context["paging"]["older_url"]:
            break
        page = client.get(page.context["paging"]["older_url"])
    assert sorted(sum(forward, [])) == sorted(
        northwind.api_keys.values_list("client_id", flat=True)
    )
    assert [len(rows) for rows in forward] == [3, 3, 2]
    backward = [forward[-1]]
    while page.context["paging"]["newer_url"]:
        page = client.get(page.context["paging"]["newer_url"])
        backward.insert(0, [row.client_id for row in page.context["rows"]])
    assert backward == forward


def test_it_answers_a_broken_cursor_with_the_first_page(
    alice: User, url: str, payroll: CreatedKey
) -> None:
    """A link that was cut off still shows something."""
    assert names(signed_in(alice), f"{url}?cursor=cut-off") == [payroll.key.name]


def test_it_flags_what_needs_a_look(alice: User, bob: User, url: str, northwind: Tenant) -> None:
    """Expiring within 30 days, unused for 90, created by somebody who left."""
    old = make_key(northwind, name="Old").key
    ApiKey.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(days=91))
    soon = make_key(northwind, name="Soon").key
    ApiKey.objects.filter(pk=soon.pk).update(expires_at=Now() + timedelta(days=6, hours=1))
    leaver = make_key(northwind, actor=acting(alice), name="Left").key
    ApiKey.objects.filter(pk=leaver.pk).update(
        created_by_type="user", created_by_id=bob.public_id, created_by_label="Bob"
    )
    end_membership(bob, northwind)
    rows = signed_in(alice).get(url).context["rows"]
    flags = {row.name: [flag.text for flag in row.flags] for row in rows}
    assert flags["Soon"][0].startswith("Expires in ")
    assert "Unused for 90 days" in flags["Old"]
    assert flags["Left"] == ["Creator left"]


def test_it_answers_htmx_with_the_table_alone(alice: User, url: str, payroll: CreatedKey) -> None:
    """The same rows, without the page around them."""
    part = signed_in(alice).get(url, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert payroll.key.client_id in part.content.decode()
    assert "HX-Request" in part["Vary"]


def test_it_shows_another_tenants_keys_to_nobody(
    alice: User, url: str, foreign_key: CreatedKey
) -> None:
    """Not by name, and not by its full client ID either."""
    assert names(signed_in(alice), f"{url}?q={foreign_key.key.client_id}&all=1") == []


def test_it_shows_what_a_role_is_called_here(
    alice: User, url: str, gl_key: CreatedKey, settings: object
) -> None:
    """GL is a code of the payments platform; its label is a setting."""
    settings.GL_LABEL = "GL (treasury)"  # type: ignore[attr-defined]
    rows = signed_in(alice).get(url).context["rows"]
    assert rows[0].role_label == "GL (treasury)"
    assert rows[0].role == Role.GL
