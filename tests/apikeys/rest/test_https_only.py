"""Where the portal's address is https, a program that comes without TLS is refused and told."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.credentials import new_client_secret
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import KEYS, Answer, calling, problem
from tests.apikeys.rest.oauth import calls as oauth

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def https(settings: Any) -> None:
    """As with an https PORTAL_URL and one proxy."""
    settings.PORTAL_URL = "https://testserver"
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def events() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(event="key.secret_in_clear"))


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize(
    "path", [KEYS, f"{KEYS}/x", "/v1/nowhere", "/api_keys/x", "/api_keys/x/list", "/oauth/x"]
)
def test_no_method_and_no_address_is_redirected_or_answered(method: str, path: str) -> None:
    answer = getattr(Client(), method)(path)
    assert answer.status_code == 403
    assert "https://testserver" in answer.content.decode()


SHOWN: dict[str, Callable[[CreatedKey], Answer]] = {
    "api-key": lambda key: calling(key).get(KEYS),
    "bearer": lambda key: oauth.bearing(key.secret.text).get(KEYS),
    "basic": oauth.by_basic,
    "form": oauth.by_form,
    "JSON": oauth.by_hubpay,
}


@pytest.mark.parametrize("way", SHOWN)
def test_a_secret_that_others_could_read_is_in_its_tenants_trail(
    way: str, payroll: CreatedKey
) -> None:
    answer = SHOWN[way](payroll)
    assert answer.status_code == 403
    (event,) = events()
    assert (event.tenant, event.target_id) == (payroll.key.tenant, payroll.key.client_id)
    assert payroll.secret.text not in str(event.data)


def test_a_secret_that_is_none_is_in_no_trail(payroll: CreatedKey) -> None:
    text = payroll.secret.client_id + new_client_secret("dev").text[24:]
    problem(Client(headers={"api-key": text}).get(KEYS), 403, "https_required")
    assert events() == []


def test_through_tls_everything_is_as_ever(payroll: CreatedKey) -> None:
    assert calling(payroll, **{"x-forwarded-proto": "https"}).get(KEYS).status_code == 200
