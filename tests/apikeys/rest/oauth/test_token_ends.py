"""A token ends with its key, its account's access or its own time, whichever is first."""

from time import time

import pytest

from accounts.roles import Role
from apikeys.models import AccessState, ApiKey
from apikeys.proof.tokens import LIFETIME, issue_token
from apikeys.services.keys import CreatedKey, revoke_key
from apikeys.services.peppers import configured_peppers
from tests.apikeys.rest.canonical.calls import KEYS, SELF, problem
from tests.apikeys.rest.merchant.calls import fault, merchant
from tests.apikeys.rest.oauth.calls import bearing, introspect, token_of
from tests.factories import PLATFORM, let_expire, put_access


def aged(key: CreatedKey, seconds: int) -> str:
    """A token of the key that was fetched so long ago."""
    return issue_token(key.key.client_id, int(time()) - seconds, configured_peppers())


def test_it_ends_when_the_key_is_revoked(payroll: CreatedKey) -> None:
    client = bearing(token_of(payroll))
    assert client.get(SELF).status_code == 200
    revoke_key(actor=PLATFORM, key=payroll.key)
    problem(client.get(SELF), 401, "unauthenticated")


def test_it_ends_when_the_key_expires(payroll: CreatedKey) -> None:
    client = bearing(token_of(payroll))
    let_expire(payroll.key)
    problem(client.get(SELF), 401, "key_expired")


def test_it_rests_while_the_account_is_suspended(payroll: CreatedKey) -> None:
    client = bearing(token_of(payroll))
    put_access(payroll.key.tenant, AccessState.SUSPENDED)
    problem(client.get(SELF), 401, "access_suspended")
    put_access(payroll.key.tenant, AccessState.ENABLED)
    assert client.get(SELF).status_code == 200


def test_it_has_the_role_that_the_key_has_now(admin_key: CreatedKey) -> None:
    client = bearing(token_of(admin_key))
    assert client.get(f"{KEYS}?email=a@example.com").status_code == 200
    ApiKey.objects.filter(pk=admin_key.key.pk).update(role=Role.VIEWER)
    assert client.get(SELF).json()["role"] == "viewer"
    problem(client.get(f"{KEYS}?email=a@example.com"), 403, "permission_denied")


def test_it_works_until_an_hour_has_passed(payroll: CreatedKey) -> None:
    assert bearing(aged(payroll, LIFETIME - 30)).get(SELF).status_code == 200


@pytest.mark.parametrize("seconds", [LIFETIME, LIFETIME + 1, 30 * LIFETIME])
def test_it_expires_after_an_hour(seconds: int, payroll: CreatedKey) -> None:
    problem(bearing(aged(payroll, seconds)).get(SELF), 401, "token_expired")


def test_it_ends_on_every_surface(admin_key: CreatedKey, foreign_key: CreatedKey) -> None:
    token = token_of(admin_key)
    list_url = f"{merchant(admin_key.key.tenant)}/list"
    assert bearing(token).get(list_url).status_code == 200
    revoke_key(actor=PLATFORM, key=admin_key.key)
    fault(bearing(token).get(list_url), 401, "IR_01")
    assert introspect(foreign_key, token).json() == {"active": False}


def test_a_revoked_keys_expired_token_says_no_more_than_a_wrong_one(payroll: CreatedKey) -> None:
    token = aged(payroll, 2 * LIFETIME)
    revoke_key(actor=PLATFORM, key=payroll.key)
    problem(bearing(token).get(SELF), 401, "unauthenticated")
