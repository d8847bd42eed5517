"""Sessions: what is stored of them, and what ends them."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import Client

from accounts.models import Membership, Session, Tenant, User
from accounts.roles import Role
from accounts.services.memberships import change_member_role, remove_member
from accounts.services.people import disable_person
from tests.accounts.sessions import is_signed_in
from tests.factories import PASSWORD, PLATFORM, acting, make_member, signed_in

pytestmark = pytest.mark.django_db

IDLE = timedelta(seconds=settings.SESSION_IDLE)
ABSOLUTE = timedelta(seconds=settings.SESSION_COOKIE_AGE)
MOMENT = timedelta(seconds=5)


def later(passed: timedelta, *, used: bool = False) -> None:
    """Let all sessions be older by `passed`; `used` says that they were used meanwhile."""
    Session.objects.update(started_at=F("started_at") - passed)
    if not used:
        Session.objects.update(last_used_at=F("last_used_at") - passed)


def test_whoever_reads_the_database_learns_no_key_of_a_session(alice: User) -> None:
    client = signed_in(alice)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(s)::text FROM accounts_session s")
        rows = cursor.fetchall()
    assert len(rows) == 1
    assert key not in rows[0][0]
    for column in ("key_hash", "public_id"):
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = Session.objects.values_list(column)[0][0]
        assert not is_signed_in(thief)


def test_a_sign_in_ends_after_an_hour_without_use(alice: User) -> None:
    client = signed_in(alice)
    later(IDLE - MOMENT)
    assert is_signed_in(client)
    later(IDLE - MOMENT)
    assert is_signed_in(client)
    later(IDLE + MOMENT)
    assert not is_signed_in(client)


def test_a_sign_in_ends_after_a_day_however_much_it_is_used(alice: User) -> None:
    client = signed_in(alice)
    later(ABSOLUTE - MOMENT, used=True)
    assert is_signed_in(client)
    later(2 * MOMENT, used=True)
    assert not is_signed_in(client)


def test_another_key_does_not_make_a_sign_in_younger(northwind: Tenant, alice: User) -> None:
    """Changing one's own role keeps the session, under another key."""
    make_member(northwind, Role.ADMIN)
    client = signed_in(alice)
    before = Session.objects.get()
    later(ABSOLUTE - MOMENT, used=True)
    own = f"/account/{northwind.public_id}/members/{alice.public_id}/role/"
    assert client.post(own, {"role": "viewer"}).status_code == 303
    assert is_signed_in(client)
    assert Session.objects.get().key_hash != before.key_hash
    later(2 * MOMENT, used=True)
    assert not is_signed_in(client)


def test_a_use_is_written_down_once_a_minute(alice: User) -> None:
    client = signed_in(alice)
    first = Session.objects.get().last_used_at
    client.get("/account/")
    assert Session.objects.get().last_used_at == first
    later(timedelta(minutes=2))
    client.get("/account/", headers={"User-Agent": "Another"}, REMOTE_ADDR="203.0.113.9")
    session = Session.objects.get()
    assert session.last_used_at > first
    assert (session.address, session.browser) == ("203.0.113.9", "Another")


def test_each_sign_in_has_a_new_key_and_its_person(client: Client, alice: User, bob: User) -> None:
    keys = set()
    for person in (alice, bob, alice):
        client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
        session = Session.objects.get()
        assert session.user == person
        keys.add(session.key_hash)
        client.post("/accounts/logout/")
        assert not Session.objects.filter(user=person).exists()
    assert len(keys) == 3


@pytest.mark.parametrize("end", ["role up", "role down", "removed", "disabled", "password"])
def test_a_persons_sign_ins_end_with_what_they_were_for(
    end: str, northwind: Tenant, alice: User, bob: User
) -> None:
    member = Membership.objects.current().get(user=bob, tenant=northwind)
    browsers = [signed_in(bob), signed_in(bob)]
    match end:
        case "role up":
            change_member_role(actor=acting(alice), membership=member, role=Role.ADMIN)
        case "role down":
            change_member_role(actor=acting(alice), membership=member, role=Role.VIEWER)
        case "removed":
            remove_member(actor=acting(alice), membership=member)
        case "disabled":
            disable_person(actor=PLATFORM, person=bob)
        case _:
            new = "zebra-quilt-amber-7"
            form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
            browsers[0].post("/accounts/password/change/", form)
    assert not any(map(is_signed_in, browsers))
    assert not Session.objects.filter(user=bob).exists()


def test_no_browser_keeps_a_page_of_somebody_who_is_signed_in(alice: User) -> None:
    client = signed_in(alice)
    for path in ("/account/", "/help/", "/accounts/email/"):
        assert "no-store" in client.get(path)["Cache-Control"]
    assert client.post("/accounts/logout/")["Clear-Site-Data"] == '"cache", "storage"'


def test_sessions_that_have_ended_are_swept(alice: User, bob: User) -> None:
    signed_in(alice)
    later(IDLE + MOMENT)
    signed_in(bob)
    call_command("run_worker", once=True)
    assert Session.objects.get().user == bob


def test_a_key_that_nobody_gave_is_not_taken(alice: User) -> None:
    """A session does not begin under a key that a stranger has planted."""
    planted = "a" * 32
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert is_signed_in(client)
