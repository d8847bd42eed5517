"""Expirations on the days on which clocks are changed, and far away."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import User
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.pages.test_change_pages import offered
from tests.factories import signed_in

pytestmark = pytest.mark.django_db

FIRST_HALF_PAST_TWO = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
SECOND_HALF_PAST_TWO = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


@pytest.fixture
def paris(alice: User) -> Client:
    """Alice, who lives by the clocks of Paris."""
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Paris")
    return signed_in(alice)


@pytest.fixture
def edit_url(payroll: CreatedKey) -> str:
    """Where Northwind's key "Payroll" is edited."""
    return f"/account/{payroll.key.tenant.public_id}/keys/{payroll.key.client_id}/edit/"


def expiring(key: CreatedKey, at: datetime) -> None:
    ApiKey.objects.filter(pk=key.key.pk).update(expires_at=at)


@pytest.mark.parametrize("at", [FIRST_HALF_PAST_TWO, SECOND_HALF_PAST_TWO])
def test_what_nobody_touched_is_neither_judged_nor_moved(
    at: datetime, paris: Client, edit_url: str, payroll: CreatedKey
) -> None:
    """The page shows 02:30 for both."""
    expiring(payroll, at)
    form = offered(paris, edit_url, name="Wages", expires_at="2027-10-31T02:30")
    assert paris.post(edit_url, form).status_code == 303
    payroll.key.refresh_from_db()
    assert (payroll.key.name, payroll.key.expires_at) == ("Wages", at)


def test_a_name_that_is_not_changed_is_not_judged(
    paris: Client, edit_url: str, payroll: CreatedKey
) -> None:
    """Rules may have become stricter since it was stored."""
    ApiKey.objects.filter(pk=payroll.key.pk).update(name="Pay\u202eroll", email="old address")
    form = offered(paris, edit_url, description="New")
    assert paris.post(edit_url, form | {"name": "Other\u202e"}).status_code == 422
    assert paris.post(edit_url, form).status_code == 303


@pytest.mark.parametrize(
    ("typed", "taken", "said"),
    [
        ("2027-10-31T02:30", FIRST_HALF_PAST_TWO, "Sun 31 Oct 2027, 02:30 CEST"),
        ("2027-03-28T02:30", datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "03:30 CEST"),
        ("2027-10-31T03:30", datetime(2027, 10, 31, 2, 30, tzinfo=UTC), "03:30 CET"),
    ],
)
def test_the_page_says_which_hour_it_takes(
    typed: str, taken: datetime, said: str, paris: Client, edit_url: str, payroll: CreatedKey
) -> None:
    form = offered(paris, edit_url, expires="custom", expires_at=typed)
    page = paris.post(edit_url, form, follow=True).content.decode()
    payroll.key.refresh_from_db()
    assert payroll.key.expires_at == taken
    assert said in page


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.parametrize("typed", ["9999-12-31T23:59", "2199-01-01T00:00", "0001-01-01T00:00"])
def test_a_time_that_no_page_could_show_is_refused(
    typed: str, zone: str, paris: Client, alice: User, edit_url: str
) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone=zone)
    form = offered(paris, edit_url, expires="custom", expires_at=typed)
    answer = paris.post(edit_url, form)
    assert answer.status_code == 422
    assert answer.context["form"].errors["expires_at"]
