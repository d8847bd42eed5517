"""Who may open which page: one table, compared with every route that exists.

A route that is missing from the table fails, and so does one that is gone. The REST APIs have
tables of their own (tests/apikeys/rest), held by the same comparison.
"""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Invitation, Tenant, User
from accounts.roles import Role
from accounts.services.invitations import hash_token, invite_member
from apikeys.rest.routes import API_ROOTS
from apikeys.services.keys import CreatedKey
from tests.factories import PLATFORM, signed_in
from tests.same_bytes import body_of

ANYBODY = "anybody"
TOKEN = "of-an-invitation"  # noqa: S105  # stands in a link
ACTORS = ("anonymous", "vera", "bob", "alice", "charlie", "paula", "rita", "oscar")

OUTSIDERS_404 = {"anonymous": 302, "charlie": 404, "paula": 404, "rita": 404, "oscar": 404}
MEMBERS = {**OUTSIDERS_404, "vera": 200, "bob": 200, "alice": 200}
CHANGERS = {**OUTSIDERS_404, "vera": 403, "bob": 200, "alice": 200}
ADMINS = {**OUTSIDERS_404, "vera": 403, "bob": 403, "alice": 200}
SIGNED_IN = {"anonymous": 302} | dict.fromkeys(ACTORS[1:], 200)
LANDING = SIGNED_IN | dict.fromkeys(ACTORS[1:], 302)
PUBLIC = dict.fromkeys(ACTORS, 200)
STAFF = {"anonymous": 302} | dict.fromkeys(ACTORS[1:], 404) | {"rita": 200, "oscar": 200}
"""Northwind is in Rita's portfolio."""
STAFF_NOT_NOW = STAFF | {"rita": 409, "oscar": 409}
"""API access, which is enabled, is not in the state that this starts from."""
OPERATORS = STAFF | {"rita": 403}

PAGES: dict[str, dict[str, int]] = {
    "/": LANDING,
    "/account/": SIGNED_IN,
    "/account/<str:tenant_id>/": MEMBERS,
    "/account/<str:tenant_id>/keys/": MEMBERS,
    "/account/<str:tenant_id>/keys/new/": ADMINS,
    "/account/<str:tenant_id>/keys/<str:client_id>/": MEMBERS,
    "/account/<str:tenant_id>/keys/<str:client_id>/edit/": CHANGERS,
    "/account/<str:tenant_id>/keys/<str:client_id>/role/": ADMINS,
    "/account/<str:tenant_id>/keys/<str:client_id>/delete/": ADMINS,
    "/account/<str:tenant_id>/access/": ADMINS,
    "/account/<str:tenant_id>/members/": MEMBERS,
    "/account/<str:tenant_id>/members/invite/": ADMINS,
    "/account/<str:tenant_id>/members/leave/": MEMBERS,
    "/account/<str:tenant_id>/members/<str:member_id>/role/": ADMINS,
    "/account/<str:tenant_id>/members/<str:member_id>/remove/": ADMINS,
    "/account/<str:tenant_id>/members/invitations/<uuid:invitation_id>/resend/": ADMINS,
    "/account/<str:tenant_id>/members/invitations/<uuid:invitation_id>/cancel/": ADMINS,
    "/invitation/<str:token>/": PUBLIC,
    "/help/": PUBLIC,
    "/help/corporate/": PUBLIC,
    "/help/partner/": PUBLIC,
    "/help/relationship-managers/": PUBLIC,
    "/docs/": PUBLIC,
    "/portfolio/": STAFF,
    "/portfolio/requests/": STAFF,
    "/portfolio/new/": STAFF,
    "/portfolio/<str:tenant_id>/": STAFF,
    "/portfolio/<str:tenant_id>/approve/": STAFF_NOT_NOW,
    "/portfolio/<str:tenant_id>/decline/": STAFF_NOT_NOW,
    "/portfolio/<str:tenant_id>/enable/": STAFF_NOT_NOW,
    "/portfolio/<str:tenant_id>/suspend/": STAFF,
    "/portfolio/<str:tenant_id>/restore/": STAFF_NOT_NOW,
    "/portfolio/<str:tenant_id>/limit/": STAFF,
    "/portfolio/<str:tenant_id>/revoke-all/": STAFF,
    "/portfolio/<str:tenant_id>/keys/<str:client_id>/delete/": STAFF,
    "/portfolio/<str:tenant_id>/hand-over/": OPERATORS,
    "/portfolio/<str:tenant_id>/invite-admin/": STAFF,
    "/livez": PUBLIC,
    "/readyz": PUBLIC,
}
"""Path to actor to the status of a GET; tenant, key, member and invitation are Northwind's."""

SIGN_IN_PREFIX = "/accounts/"
"""allauth's own pages: they act on the signed-in person alone and hold no tenant's data."""

OPS_PREFIX = "/ops/"
"""Django's admin: 404 for all but operators, held by tests/accounts/pages/test_ops.py."""


def routes() -> Iterator[str]:
    """Every route of the site, as it is declared."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, path)
            else:
                yield path

    return walk(get_resolver().url_patterns, "/")


def test_it_knows_every_page() -> None:
    """A page that nobody wrote into the table has no access policy."""
    pages = {
        route
        for route in routes()
        if not route.startswith((*API_ROOTS, SIGN_IN_PREFIX, OPS_PREFIX))
    }
    assert pages == set(PAGES)


@pytest.fixture
def people(  # noqa: PLR0913, PLR0917 - the whole cast
    alice: User, bob: User, vera: User, charlie: User, paula: User, rita: User, oscar: User
) -> dict[str, User]:
    """The cast by name."""
    return {
        "alice": alice,
        "bob": bob,
        "vera": vera,
        "charlie": charlie,
        "paula": paula,
        "rita": rita,
        "oscar": oscar,
    }


def client_of(actor: str, people: dict[str, User]) -> Client:
    """A browser in which `actor` is signed in, or nobody."""
    return Client() if actor == "anonymous" else signed_in(people[actor])


def address(route: str, tenant: Tenant, created: CreatedKey) -> str:
    """The route for this tenant and key; the member is who made it."""
    names = {
        "tenant_id": tenant.public_id,
        "client_id": created.key.client_id,
        "member_id": created.key.created_by_id,
        "invitation_id": str(Invitation.objects.get(tenant=tenant).public_id),
        "token": TOKEN,
    }
    for name, value in names.items():
        route = route.replace(f"<str:{name}>", value).replace(f"<uuid:{name}>", value)
    return route


@pytest.fixture(autouse=True)
def invited(northwind: Tenant) -> Invitation:
    """Somebody who has not answered yet, invited to Northwind with TOKEN."""
    invitation = invite_member(
        actor=PLATFORM, tenant=northwind, email="ida@example.com", role=Role.VIEWER
    )
    Invitation.objects.update(token_hash=hash_token(TOKEN))
    return invitation


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "htmx"])
@pytest.mark.parametrize("actor", ACTORS)
def test_it_opens_pages_to_those_who_may_and_to_nobody_else(
    actor: str, htmx: bool, people: dict[str, User], northwind: Tenant, payroll: CreatedKey
) -> None:
    """Whole pages and htmx's parts of them answer alike; redirects become htmx's own kind."""
    client = client_of(actor, people)
    headers = {"HX-Request": "true"} if htmx else {}
    seen = {
        route: client.get(address(route, northwind, payroll), headers=headers).status_code
        for route in PAGES
    }
    redirected = 200 if htmx else 302
    wanted = {
        route: redirected if statuses[actor] == 302 else statuses[actor]
        for route, statuses in PAGES.items()
    }
    assert seen == wanted


@pytest.mark.parametrize("actor", ACTORS)
def test_it_refuses_posts_from_those_who_may_not(
    actor: str, people: dict[str, User], northwind: Tenant, payroll: CreatedKey
) -> None:
    """A form that is not offered is not accepted either; a page without a form takes no POST."""
    client = client_of(actor, people)
    for route, statuses in PAGES.items():
        if "<str:tenant_id>" not in route or statuses[actor] == 200:
            continue
        answer = client.post(address(route, northwind, payroll), {"role": "admin"})
        assert answer.status_code in {statuses[actor], 405}, route
    payroll.key.refresh_from_db()
    assert (payroll.key.role, payroll.key.revoked_at) == ("viewer", None)


@pytest.mark.parametrize("route", [route for route in PAGES if "<str:tenant_id>" in route])
def test_it_answers_for_a_foreign_and_a_missing_tenant_with_the_same_bytes(
    route: str, charlie: User, northwind: Tenant, payroll: CreatedKey
) -> None:
    """Another tenant's existence shows nowhere."""
    client = signed_in(charlie)
    foreign = client.get(address(route, northwind, payroll))
    missing = client.get(
        route.replace("<str:tenant_id>", "acct_" + "0" * 20).replace(
            "<str:client_id>", "dev_" + "0" * 20
        )
    )
    assert (foreign.status_code, body_of(foreign)) == (missing.status_code, body_of(missing))


def test_it_finds_no_key_of_another_tenant_under_its_own(
    charlie: User, contoso: Tenant, payroll: CreatedKey
) -> None:
    """The key in the URL must belong to the tenant in the URL."""
    client = signed_in(charlie)
    base = f"/account/{contoso.public_id}/keys/{payroll.key.client_id}/"
    for path in ("", "edit/", "role/", "delete/"):
        assert client.get(base + path).status_code == 404
        assert client.post(base + path).status_code in {404, 405}
