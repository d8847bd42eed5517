"""What a token is good for, told to those who may know: RFC 7662."""

from time import time

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.models import AccessState, KeyUsage
from apikeys.proof.tokens import LIFETIME, issue_token
from apikeys.proof.use_log import UseLog
from apikeys.services.keys import CreatedKey, revoke_key
from apikeys.services.peppers import configured_peppers
from apikeys.services.platform_keys import CreatedPlatformKey, revoke_platform_key
from tests.apikeys.rest.canonical.calls import wrong_secret
from tests.apikeys.rest.oauth.calls import (
    FORM,
    INTROSPECT,
    basic,
    by_basic,
    encoded,
    error,
    introspect,
    pair,
    send,
    token_of,
)
from tests.factories import PLATFORM, let_expire, put_access

INACTIVE = {"active": False}


def test_an_admin_key_learns_of_its_own_accounts_tokens(
    admin_key: CreatedKey, payroll: CreatedKey
) -> None:
    answer = introspect(admin_key, token_of(payroll))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    body = answer.json()
    assert abs(body.pop("exp") - time() - LIFETIME) < 60
    assert body == {
        "active": True,
        "client_id": payroll.key.client_id,
        "sub": payroll.key.client_id,
        "tenant_id": payroll.key.tenant.public_id,
        "role": "viewer",
        "scope": "viewer",
        "token_type": "Bearer",
    }


def test_a_foreign_token_is_inactive(admin_key: CreatedKey, foreign_key: CreatedKey) -> None:
    assert introspect(admin_key, token_of(foreign_key)).json() == INACTIVE


def test_a_platform_key_learns_of_all(
    platform_key: CreatedPlatformKey, payroll: CreatedKey, foreign_key: CreatedKey
) -> None:
    for key in (payroll, foreign_key):
        body = introspect(platform_key, token_of(key)).json()
        assert (body["active"], body["client_id"]) == (True, key.key.client_id)


def test_lesser_keys_learn_nothing_and_that_is_recorded(
    payroll: CreatedKey, gl_key: CreatedKey, token: str
) -> None:
    for key in (payroll, gl_key):
        error(introspect(key, token), 403, "unauthorized_client")
        assert AuditEvent.objects.filter(
            event="token.introspected", outcome="refused", actor_id=key.key.client_id
        ).exists()


@pytest.mark.parametrize("text", ["garbage", "a.b.c", "a.b.c.d", "%00", "%F0%9F%92%A9"])
def test_garbage_is_inactive(text: str, admin_key: CreatedKey) -> None:
    assert introspect(admin_key, text).json() == INACTIVE


def test_a_client_secret_is_no_token(admin_key: CreatedKey, payroll: CreatedKey) -> None:
    assert introspect(admin_key, payroll.secret.text).json() == INACTIVE


def test_an_expired_token_is_inactive(admin_key: CreatedKey) -> None:
    ago = int(time()) - LIFETIME
    token = issue_token(admin_key.key.client_id, ago, configured_peppers())
    assert introspect(admin_key, token).json() == INACTIVE


def test_a_revoked_keys_token_is_inactive(admin_key: CreatedKey, payroll: CreatedKey) -> None:
    token = token_of(payroll)
    revoke_key(actor=PLATFORM, key=payroll.key)
    assert introspect(admin_key, token).json() == INACTIVE


def test_an_expired_keys_token_is_inactive(admin_key: CreatedKey, payroll: CreatedKey) -> None:
    token = token_of(payroll)
    let_expire(payroll.key)
    assert introspect(admin_key, token).json() == INACTIVE


def test_a_suspended_accounts_token_is_inactive(
    platform_key: CreatedPlatformKey, payroll: CreatedKey
) -> None:
    token = token_of(payroll)
    put_access(payroll.key.tenant, AccessState.SUSPENDED)
    assert introspect(platform_key, token).json() == INACTIVE


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_a_hint_changes_nothing(hint: str, admin_key: CreatedKey, token: str) -> None:
    assert introspect(admin_key, token, token_type_hint=hint).json()["active"] is True


def test_it_is_a_use_of_the_callers_key_and_none_of_the_tokens(
    admin_key: CreatedKey, token: str, uses: UseLog
) -> None:
    introspect(admin_key, token)
    uses.flush()
    assert [use.key for use in KeyUsage.objects.all()] == [admin_key.key]


@pytest.mark.parametrize("form", ["", "token=", "token=a&token=b", "other=1"])
def test_it_asks_for_one_token(form: str, admin_key: CreatedKey) -> None:
    answer = Client(headers={"api-key": admin_key.secret.text}).post(
        INTROSPECT, form, content_type=FORM
    )
    error(answer, 400, "invalid_request")


def test_it_takes_the_caller_in_the_form_too(
    admin_key: CreatedKey, platform_key: CreatedPlatformKey, token: str
) -> None:
    for key in (admin_key, platform_key):
        form = f"{encoded(pair(key))}&token={token}"
        assert send(form, INTROSPECT).json()["active"] is True
        error(send(form, INTROSPECT, **basic(key)), 400, "invalid_request")
    wrong = f"{encoded(pair(admin_key, wrong_secret(admin_key)))}&token={token}"
    error(send(wrong, INTROSPECT), 401, "invalid_client")


def test_nobody_asks_without_a_key(token: str) -> None:
    error(send(f"token={token}", INTROSPECT), 401, "invalid_client")


def test_a_revoked_platform_key_asks_no_more(platform_key: CreatedPlatformKey, token: str) -> None:
    revoke_platform_key(actor=PLATFORM, key=platform_key.key)
    error(introspect(platform_key, token), 401, "invalid_client")


def test_a_platform_key_gets_no_token(platform_key: CreatedPlatformKey) -> None:
    error(by_basic(platform_key), 401, "invalid_client")
