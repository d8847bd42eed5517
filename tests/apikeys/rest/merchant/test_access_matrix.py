"""Who may ask what: one table, compared with every route of the merchant API."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Tenant
from apikeys.rest.routes import MERCHANT_API_ROOT
from apikeys.services.keys import CreatedKey
from apikeys.services.platform_keys import CreatedPlatformKey, revoke_platform_key
from tests.apikeys.pages.test_access_matrix import routes
from tests.apikeys.rest.merchant.calls import JSON, calling
from tests.factories import PLATFORM, make_expired_key, make_revoked_key

CALLERS = {
    "anonymous": 401,
    "foreign admin": 401,
    "revoked": 401,
    "expired": 401,
    "revoked platform": 401,
    "introspecting": 403,
    "viewer": 403,
    "GL": 403,
    "admin": 200,
    "platform": 200,
}
"""Caller to the status of every operation on Northwind's keys."""

OPERATIONS: dict[str, dict[str, object]] = {
    "/api_keys/<str:merchant_id>": {"POST": {"name": "New", "expiration": "never"}},
    "/api_keys/<str:merchant_id>/list": {"GET": ""},
    "/api_keys/<str:merchant_id>/<str:key_id>": {"GET": "", "POST": {}, "DELETE": ""},
}


def test_it_knows_every_address() -> None:
    addresses = {route for route in routes() if route.startswith(MERCHANT_API_ROOT)}
    assert addresses == {*OPERATIONS, MERCHANT_API_ROOT}  # the last is every other one


@pytest.fixture
def clients(
    northwind: Tenant,
    admin_key: CreatedKey,
    gl_key: CreatedKey,
    foreign_key: CreatedKey,
    platform_key: CreatedPlatformKey,
    introspecting_key: CreatedPlatformKey,
    payroll: CreatedKey,
) -> Callable[[str], Client]:
    """A client for each caller."""

    def client(caller: str) -> Client:
        match caller:
            case "anonymous":
                return Client()
            case "revoked":
                return calling(make_revoked_key(northwind))
            case "expired":
                return calling(make_expired_key(northwind))
            case "revoked platform":
                revoke_platform_key(actor=PLATFORM, key=platform_key.key)
                return calling(platform_key)
            case "introspecting":
                return calling(introspecting_key)
        keys = {"viewer": payroll, "GL": gl_key, "admin": admin_key, "foreign admin": foreign_key}
        return calling(keys.get(caller, platform_key))

    return client


@pytest.mark.parametrize("caller", CALLERS)
def test_it_answers_to_those_who_may_and_to_nobody_else(
    caller: str, clients: Callable[[str], Client], northwind: Tenant, payroll: CreatedKey
) -> None:
    client = clients(caller)
    for route, methods in OPERATIONS.items():
        path = route.replace("<str:merchant_id>", northwind.public_id)
        path = path.replace("<str:key_id>", payroll.key.client_id)
        for method, body in methods.items():
            answer = getattr(client, method.lower())(
                path, **({"data": body, "content_type": JSON} if method == "POST" else {})
            )
            assert answer.status_code == CALLERS[caller], (method, route)
    payroll.key.refresh_from_db()
    assert (payroll.key.revoked_at is None) == (CALLERS[caller] != 200)
