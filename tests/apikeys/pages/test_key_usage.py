"""What a key's page says of its use: drawn, and the same in words."""

from datetime import UTC, date, datetime, timedelta

from django.test import Client

from accounts.models import Tenant, User
from apikeys.models import KeyUseDay
from apikeys.pages.account.key_usage import DAYS, HEIGHT, usage
from apikeys.services.keys import CreatedKey
from tests.factories import acting, signed_in

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()


def used(key: CreatedKey, day: date, accepted: int, refused: int = 0) -> None:
    KeyUseDay.objects.create(key=key.key, day=day, accepted=accepted, refused=refused)


def test_it_covers_thirty_days_up_to_today(payroll: CreatedKey, alice: User) -> None:
    used(payroll, TODAY - timedelta(days=DAYS), 5)
    used(payroll, TODAY - timedelta(days=DAYS - 1), 1)
    used(payroll, TODAY, 1_234, 6)
    shown = usage(acting(alice), payroll.key, NOW)
    assert (len(shown.days), shown.days[-1].label) == (DAYS, "Sun 22 Nov")
    assert [day.accepted for day in shown.used] == [1_234, 1]
    assert shown.summary == "1,235 requests passed in the last 30 days, 6 were refused."


def test_what_is_there_is_seen_and_nothing_sticks_out(payroll: CreatedKey, alice: User) -> None:
    used(payroll, TODAY, 1_000_000, 1)
    used(payroll, TODAY - timedelta(days=1), 1)
    today, yesterday = usage(acting(alice), payroll.key, NOW).used
    assert today.accepted_height > yesterday.accepted_height > 0
    assert today.refused_height > 0
    assert 0 <= today.refused_y < today.accepted_y < HEIGHT


def test_it_says_so_when_there_was_nothing(payroll: CreatedKey, alice: User) -> None:
    assert usage(acting(alice), payroll.key, NOW).summary == "No request in the last 30 days."


def test_nobody_sees_another_tenants_use(payroll: CreatedKey, charlie: User) -> None:
    used(payroll, TODAY, 7)
    assert not usage(acting(charlie), payroll.key, NOW).used


def test_the_page_shows_it_with_the_numbers_by_day(
    payroll: CreatedKey, northwind: Tenant, vera: User
) -> None:
    used(payroll, datetime.now(UTC).date(), 41, 1)
    client: Client = signed_in(vera)
    page = client.get(f"/account/{northwind.public_id}/keys/{payroll.key.client_id}/")
    text = page.content.decode()
    assert "41 requests passed in the last 30 days, 1 was refused." in text
    assert text.count("<rect") == 2
    assert "Numbers by day" in text
