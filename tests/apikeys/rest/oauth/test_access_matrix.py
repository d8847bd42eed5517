"""Who may ask what: one table, compared with every route of access tokens."""

import pytest
from django.test import Client

from accounts.models import Tenant, User
from apikeys.rest.routes import HUBPAY_ROOT, METADATA_ROOT, OAUTH_ROOT
from apikeys.services.keys import CreatedKey
from apikeys.services.platform_keys import CreatedPlatformKey
from tests.apikeys.pages.test_access_matrix import routes
from tests.apikeys.rest.oauth.calls import FORM, GRANT, HUBPAY_TOKEN, INTROSPECT, OAUTH_TOKEN, basic
from tests.factories import make_expired_key, make_revoked_key, signed_in

CALLERS = {
    "anonymous": (401, 401, 401),
    "signed-in person": (401, 401, 401),
    "revoked": (401, 401, 401),
    "expired": (401, 401, 401),
    "viewer": (200, 200, 403),
    "GL": (200, 200, 403),
    "admin": (200, 200, 200),
    "foreign admin": (200, 200, 200),  # which hears "inactive"
    "platform": (401, 401, 200),
    "introspecting": (401, 401, 200),
}
"""Caller to the status of a token by OAuth, one by Hubpay's form, and of an introspection."""


def test_it_knows_every_address() -> None:
    found = {
        route for route in routes() if route.startswith((OAUTH_ROOT, HUBPAY_ROOT, METADATA_ROOT))
    }
    # The roots are every other address below them.
    assert found == {OAUTH_TOKEN, INTROSPECT, HUBPAY_TOKEN, OAUTH_ROOT, HUBPAY_ROOT, METADATA_ROOT}


@pytest.fixture
def keys(
    northwind: Tenant,
    payroll: CreatedKey,
    gl_key: CreatedKey,
    admin_key: CreatedKey,
    foreign_key: CreatedKey,
    platform_key: CreatedPlatformKey,
    introspecting_key: CreatedPlatformKey,
) -> dict[str, CreatedKey | CreatedPlatformKey]:
    """Each caller's key."""
    return {
        "revoked": make_revoked_key(northwind),
        "expired": make_expired_key(northwind),
        "viewer": payroll,
        "GL": gl_key,
        "admin": admin_key,
        "foreign admin": foreign_key,
        "platform": platform_key,
        "introspecting": introspecting_key,
    }


@pytest.mark.parametrize("caller", CALLERS)
def test_it_answers_those_who_may_and_nobody_else(
    caller: str, keys: dict[str, CreatedKey | CreatedPlatformKey], alice: User, token: str
) -> None:
    key = keys.get(caller)
    client = signed_in(alice) if caller == "signed-in person" else Client()
    headers = {} if key is None else basic(key)
    body = {"clientId": "x", "clientSecret": ""}
    if key is not None:
        body = {"clientId": key.key.client_id, "clientSecret": key.secret.text}
    answers = (
        client.post(OAUTH_TOKEN, GRANT, content_type=FORM, headers=headers),
        client.post(HUBPAY_TOKEN, body, content_type="application/json"),
        client.post(INTROSPECT, f"token={token}", content_type=FORM, headers=headers),
    )
    assert tuple(answer.status_code for answer in answers) == CALLERS[caller]
    active = caller in {"admin", "platform", "introspecting"}
    assert (answers[-1].json().get("active") is True) == active
