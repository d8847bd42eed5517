"""Django's admin under /ops/: operators look, the verbs change, everybody else finds nothing."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import AuditEvent, Invitation, OutboxMail, Tenant, User
from accounts.ops import MOST_ROWS, BoundedPaginator, ops
from accounts.roles import Permission, Role
from accounts.services import outbox
from accounts.services.invitations import invite_member
from apikeys.models import AccessRequest, PlatformKey
from apikeys.services.keys import CreatedKey
from apikeys.services.platform_keys import create_platform_key
from tests.factories import PLATFORM, acting, disable, make_person, signed_in

SITE = (
    "/ops/",
    "/ops/accounts/",
    "/ops/apikeys/",
    "/ops/jsi18n/",
    "/ops/autocomplete/",
    "/ops/login/",
    "/ops/logout/",
    "/ops/password_change/",
    "/ops/r/1/1/",
    "/ops/no/such/page/",
)
LISTS = tuple(f"/ops/{model._meta.label_lower.replace('.', '/')}/" for model in ops._registry)
PEOPLE = "/ops/accounts/user/"
WRITING = ("add/", "1/delete/", "1/history/", "1/password/")


def patterns(found: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in found:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns)
        else:
            yield pattern


def ops_patterns() -> list[URLPattern]:
    (resolver,) = (url for url in get_resolver().url_patterns if str(url.pattern) == "ops/")
    return list(patterns([resolver]))


@pytest.fixture
def everything(northwind: Tenant, alice: User, payroll: CreatedKey) -> list[object]:
    """A row of every model."""
    invited = invite_member(
        actor=acting(alice), tenant=northwind, email="new@example.com", role=Role.GL
    )
    request = AccessRequest.objects.create(
        tenant=northwind, reason="Payroll", requested_by=alice, requested_by_label="Alice"
    )
    platform_key = create_platform_key(actor=PLATFORM, name="Back office")
    return [
        *(northwind, alice, payroll.key, invited, request, platform_key.key),
        *(northwind.memberships.get(), northwind.api_access),
        *(AuditEvent.objects.earliest("pk"), OutboxMail.objects.earliest("pk")),
    ]


@pytest.mark.parametrize("path", SITE + LISTS)
@pytest.mark.parametrize("who", ["anonymous", "alice", "bob", "vera", "paula", "rita"])
def test_it_is_not_there_for_anybody_else(
    who: str, path: str, request: pytest.FixtureRequest, db: None
) -> None:
    """The same 404 as for any address that does not exist; no sign-in page."""
    client = Client() if who == "anonymous" else signed_in(request.getfixturevalue(who))
    details = [path + tail for tail in ("", "1/", "1/change/", *WRITING)] if path in LISTS else []
    for address in (path, *details):
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code == 404, address


def test_every_address_asks_first(rf: RequestFactory) -> None:
    """Whatever Django adds to its admin."""
    request = rf.get("/ops/")
    request.user = AnonymousUser()
    assert len(ops_patterns()) > len(LISTS)
    for pattern in ops_patterns():
        assert getattr(pattern.callback, "login_required", True) is False
        with pytest.raises(Http404):
            pattern.callback(request)


def test_it_is_gone_for_an_operator_who_is_disabled(oscar: User) -> None:
    client = signed_in(oscar)
    assert client.get("/ops/").status_code == 200
    disable(oscar)
    assert client.get("/ops/").status_code == 404


def test_an_operator_finds_every_row_and_no_way_to_add_or_delete(
    oscar: User, everything: list[object]
) -> None:
    client = signed_in(oscar)
    assert {type(row) for row in everything} == set(ops._registry)
    for row in everything:
        path = f"/ops/{row._meta.label_lower.replace('.', '/')}/"  # type: ignore[attr-defined]
        listed = client.get(path, {"q": "example"})
        shown = client.get(f"{path}{row.pk}/change/")  # type: ignore[attr-defined]
        assert (listed.status_code, shown.status_code) == (200, 200)
        assert client.post(f"{path}{row.pk}/change/", {"name": "x"}).status_code == 403  # type: ignore[attr-defined]
        assert client.get(f"{path}{row.pk}/history/").status_code == 404  # type: ignore[attr-defined]
        for tail in ("add/", f"{row.pk}/delete/"):  # type: ignore[attr-defined]
            assert client.get(path + tail).status_code == 403
            assert client.post(path + tail, {"post": "yes"}).status_code == 403


def test_it_shows_no_verifier_password_token_or_words_of_a_mail(
    oscar: User, alice: User, northwind: Tenant, payroll: CreatedKey, everything: list[object]
) -> None:
    client = signed_in(oscar)
    outbox.put("alice@example.com", "Subject", "the words", "<p>the words</p>")
    seen = ""
    for row in (*everything, OutboxMail.objects.latest("pk")):
        path = f"/ops/{row._meta.label_lower.replace('.', '/')}/"  # type: ignore[attr-defined]
        seen += client.get(path).content.decode()
        seen += client.get(f"{path}{row.pk}/change/").content.decode()  # type: ignore[attr-defined]
    platform_key = PlatformKey.objects.get()
    for secret in (
        bytes(payroll.key.verifier or b"").hex(),
        str(bytes(payroll.key.verifier or b"")),
        bytes(payroll.key.public_key or b"").hex(),
        bytes(platform_key.verifier or b"").hex(),
        Invitation.objects.get().token_hash,
        alice.password,
        "the words",
        "erifier",
        "ublic key",
        "oken hash",
    ):
        assert secret not in seen


def act(client: Client, action: str, *people: User) -> str:
    """Choose people in the list, and the action; what the next page says."""
    form = {"action": action, "_selected_action": [str(person.pk) for person in people]}
    return client.post(PEOPLE, form, follow=True).content.decode()


def test_its_actions_are_the_verbs_of_people(oscar: User, rita: User) -> None:
    newcomer = make_person("Newcomer")
    client = signed_in(oscar)
    act(client, "make_relationship_manager", newcomer)
    act(client, "disable", newcomer)
    newcomer.refresh_from_db()
    assert (newcomer.staff_role, newcomer.is_active) == ("relationship_manager", False)
    act(client, "enable", newcomer)
    act(client, "remove_staff_role", newcomer)
    newcomer.refresh_from_db()
    assert (newcomer.staff_role, newcomer.is_active) == ("", True)
    events = AuditEvent.objects.filter(target_id=newcomer.public_id, actor_id=oscar.public_id)
    assert events.count() == 4


def test_an_action_that_is_refused_says_why_and_leaves_its_event(oscar: User) -> None:
    page = act(signed_in(oscar), "disable", oscar)
    oscar.refresh_from_db()
    assert oscar.is_active
    assert "You cannot do this to yourself" in page
    assert AuditEvent.objects.get(target_id=oscar.public_id).outcome == "refused"


def test_nothing_else_is_an_action(oscar: User, alice: User) -> None:
    act(signed_in(oscar), "delete_selected", alice)
    assert User.objects.filter(pk=alice.pk).exists()


def test_being_let_in_opens_no_tenant(oscar: User, northwind: Tenant) -> None:
    """Neither Django's own permissions nor those of a tenant."""
    signed_in(oscar).get("/ops/")
    assert not oscar.has_perm("accounts.view_tenant")
    assert not oscar.has_perm("accounts.change_user")
    assert not any(oscar.has_perm(f"accounts.{name}", northwind) for name in Permission)


def test_its_pages_have_the_policy_of_all_pages(oscar: User) -> None:
    client = signed_in(oscar)
    assert (
        client.get("/ops/")["Content-Security-Policy"]
        == client.get("/account/")["Content-Security-Policy"]
    )


def test_it_counts_no_further_than_it_pages(
    oscar: User, django_assert_num_queries: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.ops.MOST_ROWS", 2)
    for _ in range(4):
        make_person()
    assert BoundedPaginator(User.objects.order_by("pk"), 50).count == 2
    assert MOST_ROWS == 10_000
