"""The members page: who is in a tenant, and inviting, changing, removing, leaving."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Invitation, Membership, OutboxMail, Tenant, User
from accounts.roles import Role
from accounts.services.invitations import invite_member
from tests.factories import PLATFORM, acting, make_member, signed_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(northwind: Tenant) -> str:
    """Northwind's members page."""
    return f"/account/{northwind.public_id}/members/"


@pytest.fixture
def invited(northwind: Tenant, alice: User) -> Invitation:
    """Ida, whom Alice invited as a viewer."""
    return invite_member(
        actor=acting(alice), tenant=northwind, email="ida@example.com", role=Role.VIEWER
    )


def role_of(user: User, tenant: Tenant) -> str | None:
    """The role that the person has now."""
    current = Membership.objects.current().filter(user=user, tenant=tenant)
    return current.values_list("role", flat=True).first()


def test_it_shows_admins_everybody_and_open_invitations(
    alice: User, bob: User, url: str, invited: Invitation
) -> None:
    """With email, role, since when, and until when an invitation is good."""
    page = signed_in(alice).get(url).content.decode()
    for words in ("Alice", "alice@example.com", "Bob", "bob@example.com", "GL", "2 members"):
        assert words in page
    since = Membership.objects.get(user=bob).created_at
    assert f"{since:%a} {since.day} {since:%b %Y, %H:%M} UTC" in page
    for words in ("ida@example.com", "Good until", f"{invited.public_id}/cancel/"):
        assert words in page


@pytest.mark.parametrize("who", ["bob", "vera"])
def test_it_shows_others_the_admins_they_can_ask_by_name_alone(
    who: str, alice: User, url: str, invited: Invitation, request: pytest.FixtureRequest
) -> None:
    """No email, no other member, no invitation and no control."""
    user: User = request.getfixturevalue(who)
    page = signed_in(user).get(url).content.decode()
    main = page[page.index("<main") :]
    assert "Alice" in main
    assert "@example.com" not in main
    assert "Invite" not in main
    assert "/role/" not in main


def test_it_shows_no_email_of_an_admin_without_a_name(vera: User, alice: User, url: str) -> None:
    """The display name falls back to the email; here it must not."""
    User.objects.filter(pk=alice.pk).update(name="")
    page = signed_in(vera).get(url).content.decode()
    assert "alice@example.com" not in page
    assert "1 admin without a name" in " ".join(page.split())


def test_it_invites_by_mail(alice: User, northwind: Tenant, url: str) -> None:
    """303 without htmx; with it the dialog closes and the list refreshes."""
    client = signed_in(alice)
    answer = client.post(f"{url}invite/", {"email": "Ida@Example.com", "role": "GL"})
    assert (answer.status_code, answer["Location"]) == (303, url)
    invitation = Invitation.objects.get(tenant=northwind)
    assert (invitation.email, invitation.role) == ("ida@example.com", "GL")
    assert "/invitation/" in OutboxMail.objects.get(to="ida@example.com").text
    answer = client.post(f"{url}invite/", {"email": "bo@example.com", "role": "GL"}, headers=HTMX)
    assert answer.status_code == 204
    assert "members-changed" in answer["HX-Trigger"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"email": "", "role": "viewer"}, "Enter the email"),
        ({"email": "nobody", "role": "viewer"}, "Enter an email address"),
        ({"email": "bob@example.com", "role": "viewer"}, "is a member already"),
        ({"email": "ida@example.com", "role": "viewer"}, "is invited already"),
        ({"email": "new@example.com", "role": "admin"}, "Confirm that this person"),
        ({"email": "new@example.com", "role": "owner"}, "Select a valid choice"),
    ],
)
def test_it_says_what_is_wrong_with_an_invitation(
    form: dict[str, str], said: str, alice: User, bob: User, url: str, invited: Invitation
) -> None:
    """422 with the form, for a page and for the dialog; nobody is invited."""
    for headers in ({}, HTMX):
        answer = signed_in(alice).post(f"{url}invite/", form, headers=headers)
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert Invitation.objects.count() == 1


def test_it_sends_an_invitation_again_with_a_new_link(
    alice: User, url: str, invited: Invitation
) -> None:
    """Opening the question changes nothing."""
    client = signed_in(alice)
    address = f"{url}invitations/{invited.public_id}/resend/"
    client.get(address)
    assert OutboxMail.objects.filter(to=invited.email).count() == 1
    assert client.post(address).status_code == 303
    assert OutboxMail.objects.filter(to=invited.email).count() == 2


def test_it_cancels_an_invitation(alice: User, url: str, invited: Invitation) -> None:
    """A second time, and from a page of before, it says so and changes nothing."""
    client = signed_in(alice)
    address = f"{url}invitations/{invited.public_id}/cancel/"
    client.post(address)
    assert not Invitation.objects.open().exists()
    for again in (client.get(address), client.post(address)):
        assert again["Location"] == url
    assert "accepted or cancelled already" in client.get(url).content.decode()
    assert AuditEvent.objects.filter(event="invitation.cancelled").count() == 1


def test_it_finds_no_invitation_or_member_of_another_tenant_under_its_own(
    alice: User, charlie: User, contoso: Tenant, invited: Invitation
) -> None:
    """What is in the URL must belong to the tenant in the URL."""
    client = signed_in(charlie)
    base = f"/account/{contoso.public_id}/members/"
    for path in (
        f"{alice.public_id}/role/",
        f"{alice.public_id}/remove/",
        f"invitations/{invited.public_id}/resend/",
        f"invitations/{invited.public_id}/cancel/",
    ):
        assert client.get(base + path).status_code == 404
        assert client.post(base + path, {"role": "viewer"}).status_code == 404
    invited.refresh_from_db()
    assert invited.is_open


def test_it_changes_a_role(alice: User, bob: User, northwind: Tenant, url: str) -> None:
    """Admin is asked for twice."""
    client = signed_in(alice)
    address = f"{url}{bob.public_id}/role/"
    assert client.post(address, {"role": "admin"}).status_code == 422
    answer = client.post(address, {"role": "admin", "confirm_admin": "on"}, headers=HTMX)
    assert answer.status_code == 204
    assert role_of(bob, northwind) == "admin"


def test_it_ends_the_sessions_of_who_gets_another_role(alice: User, bob: User, url: str) -> None:
    """Bob signs in again; Alice goes on."""
    bobs, alices = signed_in(bob), signed_in(alice)
    alices.post(f"{url}{bob.public_id}/role/", {"role": "viewer"})
    assert bobs.get(url).status_code == 302
    assert alices.get(url).status_code == 200


def test_it_keeps_the_session_of_who_steps_down(alice: User, northwind: Tenant, url: str) -> None:
    """The whole page is shown again: its controls are others now."""
    make_member(northwind, Role.ADMIN, "Anna")
    client = signed_in(alice)
    answer = client.post(f"{url}{alice.public_id}/role/", {"role": "viewer"})
    assert answer["Location"] == url
    page = client.get(url)
    assert page.status_code == 200
    assert "You are now Viewer." in page.content.decode()
    assert client.get(f"{url}invite/").status_code == 403


@pytest.mark.parametrize("path", ["ALICE/role/", "ALICE/remove/", "leave/"])
def test_it_keeps_the_last_admin(
    path: str, alice: User, northwind: Tenant, bob: User, url: str
) -> None:
    """409, in the page and in the dialog, with what to do instead."""
    address = url + path.replace("ALICE", alice.public_id)
    for headers in ({}, HTMX):
        answer = signed_in(alice).post(address, {"role": "viewer"}, headers=headers)
        assert answer.status_code == 409
        assert "Make somebody else an admin first" in answer.content.decode()
    assert role_of(alice, northwind) == "admin"


def test_its_confirmation_repeats_person_account_environment_and_keys(
    alice: User, bob: User, url: str
) -> None:
    """Two tabs, or a mailed link, must act on the right account."""
    part = signed_in(alice).get(f"{url}{bob.public_id}/remove/", headers=HTMX).content.decode()
    for words in ("Bob", "bob@example.com", "Northwind Traders", "Sandbox", "keys", "stay"):
        assert words in part


def test_it_removes_a_member(alice: User, bob: User, northwind: Tenant, url: str) -> None:
    """They are out at once; asking changes nothing."""
    bobs, client = signed_in(bob), signed_in(alice)
    client.get(f"{url}{bob.public_id}/remove/")
    assert role_of(bob, northwind) == "GL"
    assert client.post(f"{url}{bob.public_id}/remove/").status_code == 303
    assert role_of(bob, northwind) is None
    assert bobs.get(url).status_code == 302
    assert client.get(f"{url}{bob.public_id}/remove/").status_code == 404


def test_it_lets_a_viewer_leave(vera: User, alice: User, northwind: Tenant, url: str) -> None:
    """Signed in still, without the account."""
    client = signed_in(vera)
    assert client.post(f"{url}leave/", headers=HTMX)["HX-Redirect"] == "/"
    assert role_of(vera, northwind) is None
    assert client.get(url).status_code == 404
    assert "You left the account Northwind Traders" in client.get("/").content.decode()


def test_it_calls_a_partner_and_its_admins_by_their_names(paula: User, fabrikam: Tenant) -> None:
    """Partner organisation and Partner Admin, on the overview too."""
    client: Client = signed_in(paula)
    invite_member(actor=PLATFORM, tenant=fabrikam, email="ida@example.com", role=Role.ADMIN)
    for path in ("", "members/", "members/leave/"):
        page = client.get(f"/account/{fabrikam.public_id}/{path}").content.decode()
        page = " ".join(page.split())
        assert "Partner Admin" in page
        assert "partner organisation" in page


def test_it_finds_an_invitation_among_many_by_one_row(
    alice: User, url: str, invited: Invitation
) -> None:
    """Not by reading all that the account has ever sent."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        found = Invitation.objects.filter(public_id=invited.public_id)
        assert "Index Scan using accounts_invitation_public_id" in found.explain()
    assert signed_in(alice).get(f"{url}invitations/{uuid4()}/cancel/").status_code == 404
