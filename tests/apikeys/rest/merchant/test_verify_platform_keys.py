"""A platform key passes only where it is looked for on purpose, for the same work as any other."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from apikeys.codes import Code
from apikeys.credentials import Peppers, new_client_secret
from apikeys.models import KeyUsage
from apikeys.proof import verify
from apikeys.proof.use_log import UseLog
from apikeys.proof.verify import (
    Denied,
    Passed,
    PassedForPlatform,
    verify_secret,
    verify_with_platform_keys,
)
from apikeys.services.keys import CreatedKey, revoke_key
from apikeys.services.platform_keys import CreatedPlatformKey, revoke_platform_key
from tests.apikeys.rest.merchant.wrong_secrets import with_client_id_of
from tests.factories import PLATFORM, let_expire

DENIED = Denied(Code.UNAUTHENTICATED)


def test_it_passes_where_it_is_looked_for_and_nowhere_else(
    platform_key: CreatedPlatformKey, uses: UseLog
) -> None:
    passed = verify_with_platform_keys(platform_key.secret, address=None)
    assert passed == PassedForPlatform(platform_key.key)
    assert verify_secret(platform_key.secret, address=None) == DENIED
    uses.flush()
    assert not KeyUsage.objects.exists()


def test_a_tenants_key_costs_no_query_more(
    payroll: CreatedKey, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        passed = verify_with_platform_keys(payroll.secret, address=None)
    assert isinstance(passed, Passed)


def test_a_proved_key_that_does_not_pass_is_no_platform_key(payroll: CreatedKey) -> None:
    let_expire(payroll.key)
    assert verify_with_platform_keys(payroll.secret, address=None) == Denied(Code.KEY_EXPIRED)


@pytest.mark.parametrize(
    "credential", ["unknown", "wrong", "revoked", "wrong platform", "revoked platform"]
)
def test_it_denies_all_that_proves_nothing_for_the_same_work(
    credential: str,
    payroll: CreatedKey,
    platform_key: CreatedPlatformKey,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = {
        "unknown": new_client_secret("dev"),
        "wrong": with_client_id_of(payroll),
        "revoked": payroll.secret,
        "wrong platform": with_client_id_of(platform_key),
        "revoked platform": platform_key.secret,
    }[credential]
    if credential == "revoked":
        revoke_key(actor=PLATFORM, key=payroll.key)
    if credential == "revoked platform":
        revoke_platform_key(actor=PLATFORM, key=platform_key.key)
    made: list[Any] = []
    digest = Peppers._digest

    def counted(*given: Any) -> Any:
        made.append(given)
        return digest(*given)

    monkeypatch.setattr(Peppers, "_digest", counted)
    with django_assert_num_queries(2):
        assert verify_with_platform_keys(secret, address=None) == DENIED
    assert len(made) == 2


def test_it_moves_a_verifier_to_the_current_pepper(
    platform_key: CreatedPlatformKey, settings: Any, monkeypatch: pytest.MonkeyPatch, uses: UseLog
) -> None:
    (number,) = settings.API_KEY_PEPPERS
    peppers = Peppers(settings.API_KEY_PEPPERS | {number + 1: b"y" * 32})
    monkeypatch.setattr(verify, "configured_peppers", lambda: peppers)
    for _ in range(2):
        passed = verify_with_platform_keys(platform_key.secret, address=None)
        assert isinstance(passed, PassedForPlatform)
        uses.flush()
    platform_key.key.refresh_from_db()
    assert platform_key.key.pepper_number == number + 1
