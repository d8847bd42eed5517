"""What somebody else holds for too long is busy: nothing is changed, and everybody is told so."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import OperationalError, connection, models
from django.http import HttpRequest

from accounts import waits
from accounts.models import AuditEvent, RateCounter, User
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import CREATE, address, calling, post, problem
from tests.apikeys.rest.merchant import calls as merchant_calls
from tests.apikeys.rest.oauth.calls import by_basic, by_hubpay
from tests.factories import signed_in
from tests.held_locks import held

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _short_waits() -> Iterator[None]:
    """No test waits for two seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    yield
    connection.close()


@pytest.fixture
def counter(admin_key: CreatedKey) -> RateCounter:
    """The row that counts the admin key's requests; each of them changes it."""
    by_basic(admin_key)
    return RateCounter.objects.get(subject=f"api:{admin_key.key.client_id}")


@pytest.fixture(params=["tenant", "key", "counter"])
def row(request: pytest.FixtureRequest, payroll: CreatedKey, counter: RateCounter) -> models.Model:
    """What a request for a change waits for."""
    rows = {"tenant": payroll.key.tenant, "key": payroll.key, "counter": counter}
    return rows[request.param]


def _exists(payroll: CreatedKey) -> bool:
    return ApiKey.objects.get(pk=payroll.key.pk).revoked_at is None


def test_the_application_waits_for_no_lock_longer_than_two_seconds() -> None:
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("2s",)


def test_the_api_is_busy_and_has_changed_nothing(
    admin_key: CreatedKey, payroll: CreatedKey, row: models.Model
) -> None:
    events = AuditEvent.objects.count()
    with held(row):
        answer = calling(admin_key).delete(address(payroll))
    assert "Nothing was changed" in problem(answer, 503, "busy")["detail"]
    assert answer["Retry-After"] == "5"
    assert _exists(payroll)
    assert AuditEvent.objects.count() == events
    assert calling(admin_key).delete(address(payroll)).status_code == 204


def test_a_repeated_creation_makes_the_key_that_was_busy(admin_key: CreatedKey) -> None:
    program = calling(admin_key, **{"Idempotency-Key": '"first"'})
    with held(admin_key.key.tenant):
        problem(post(program, CREATE), 503, "busy")
    assert post(program, CREATE).status_code == 201


def test_the_merchant_api_says_it_in_its_form(
    admin_key: CreatedKey, payroll: CreatedKey, row: models.Model
) -> None:
    with held(row):
        answer = merchant_calls.calling(admin_key).delete(merchant_calls.address(payroll))
    assert "Somebody else" in merchant_calls.fault(answer, 503, "HE_00")
    assert answer["Retry-After"] == "5"
    assert _exists(payroll)


def test_a_token_is_refused_in_the_forms_of_both_addresses(
    admin_key: CreatedKey, counter: RateCounter
) -> None:
    with held(counter):
        oauth, hubpay = by_basic(admin_key), by_hubpay(admin_key)
    assert oauth.status_code == 503
    assert oauth.json()["error"] == "temporarily_unavailable"
    assert "Somebody else" in oauth.json()["error_description"]
    problem(hubpay, 503, "busy")


def test_a_page_says_that_somebody_else_is_at_it(alice: User, payroll: CreatedKey) -> None:
    browser = signed_in(alice, raise_request_exception=False)
    page = f"/account/{payroll.key.tenant.public_id}/keys/{payroll.key.client_id}/delete/"
    with held(payroll.key.tenant):
        answer = browser.post(page, {"reason": "Leaked"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Nothing was changed" in answer.content.decode()
    assert _exists(payroll)


def test_a_page_whose_work_is_done_does_not_say_that_nothing_was_changed(
    alice: User, payroll: CreatedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session is saved after it."""

    def busy(self: SessionMiddleware, request: HttpRequest, response: Any) -> Any:
        raise OperationalError from waits.Busy()

    browser = signed_in(alice, raise_request_exception=False)
    page = f"/account/{payroll.key.tenant.public_id}/keys/{payroll.key.client_id}/delete/"
    monkeypatch.setattr(SessionMiddleware, "process_response", busy)
    answer = browser.post(page, {"reason": "Leaked"})
    assert answer.status_code == 503
    assert "cannot say whether your last step was carried out" in answer.content.decode()
    assert not _exists(payroll)
