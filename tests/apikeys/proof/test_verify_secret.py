"""Does this credential pass, now?"""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Tenant
from accounts.roles import Role
from apikeys.codes import Code
from apikeys.credentials import ClientSecret, new_client_secret
from apikeys.models import AccessState, KeyUsage
from apikeys.proof.use_log import UseLog
from apikeys.proof.verify import Denied, Passed, proved_key, verify_secret
from apikeys.services.keys import CreatedKey, assign_role, edit_key, revoke_key
from tests.factories import PLATFORM, let_expire, make_key, put_access

pytestmark = pytest.mark.django_db


def _answer(secret: ClientSecret) -> Code | None:
    """Why `secret` was denied; None if it passed."""
    answer = verify_secret(secret, address="203.0.113.9")
    return answer.reason if isinstance(answer, Denied) else None


def _with_client_id_of(created: CreatedKey) -> ClientSecret:
    """A well-formed secret that names the key and is not its own."""
    other = new_client_secret("dev")
    return ClientSecret(created.secret.client_id, created.secret.client_id + other.text[24:])


def test_it_passes_the_secret_of_an_active_key(payroll: CreatedKey) -> None:
    answer = verify_secret(payroll.secret, address="203.0.113.9")
    assert isinstance(answer, Passed)
    assert answer.key == payroll.key


@pytest.mark.parametrize("credential", ["wrong", "unknown", "revoked", "another key's"])
def test_it_denies_wrong_unknown_and_revoked_alike(
    credential: str, payroll: CreatedKey, northwind: Tenant, uses: UseLog
) -> None:
    other = make_key(northwind)
    secrets = {
        "wrong": _with_client_id_of(payroll),
        "unknown": new_client_secret("dev"),
        "revoked": payroll.secret,
        "another key's": ClientSecret(payroll.secret.client_id, other.secret.text),
    }
    if credential == "revoked":
        revoke_key(actor=PLATFORM, key=payroll.key)
    answer = verify_secret(secrets[credential], address=None)
    assert answer == Denied(Code.UNAUTHENTICATED)
    assert proved_key(secrets[credential]) is None
    uses.flush()
    assert not KeyUsage.objects.exists()


@pytest.mark.parametrize("state", ["revoked", "expired", "suspended", "all at once"])
def test_it_tells_nothing_of_a_key_to_who_has_not_its_secret(
    state: str, payroll: CreatedKey, northwind: Tenant
) -> None:
    if state in {"expired", "all at once"}:
        let_expire(payroll.key)
    if state in {"suspended", "all at once"}:
        put_access(northwind, AccessState.SUSPENDED)
    if state in {"revoked", "all at once"}:
        revoke_key(actor=PLATFORM, key=payroll.key)
    assert _answer(_with_client_id_of(payroll)) == Code.UNAUTHENTICATED


def test_it_denies_an_expired_key_from_the_moment_it_expires(payroll: CreatedKey) -> None:
    let_expire(payroll.key, ago=timedelta())
    assert _answer(payroll.secret) == Code.KEY_EXPIRED


@pytest.mark.parametrize("state", [AccessState.SUSPENDED, AccessState.NONE, AccessState.REQUESTED])
def test_it_denies_every_key_of_a_tenant_without_access(
    state: AccessState, payroll: CreatedKey, admin_key: CreatedKey, northwind: Tenant
) -> None:
    put_access(northwind, state)
    assert _answer(payroll.secret) == _answer(admin_key.secret) == Code.ACCESS_SUSPENDED


def test_it_passes_again_when_access_is_restored(payroll: CreatedKey, northwind: Tenant) -> None:
    put_access(northwind, AccessState.SUSPENDED)
    put_access(northwind, AccessState.ENABLED)
    assert _answer(payroll.secret) is None


def test_it_leaves_other_tenants_alone(foreign_key: CreatedKey, northwind: Tenant) -> None:
    put_access(northwind, AccessState.SUSPENDED)
    assert _answer(foreign_key.secret) is None


@pytest.mark.parametrize("together", ["revoked", "expired", "suspended"])
def test_it_denies_every_combination_of_ends(
    together: str, payroll: CreatedKey, northwind: Tenant
) -> None:
    let_expire(payroll.key)
    put_access(northwind, AccessState.SUSPENDED)
    if together == "revoked":
        revoke_key(actor=PLATFORM, key=payroll.key)
    assert _answer(payroll.secret) is not None
    if together == "expired":
        put_access(northwind, AccessState.ENABLED)
    if together == "suspended":
        edit_key(actor=PLATFORM, key=payroll.key, expires_at=None)
    assert _answer(payroll.secret) is not None


def test_it_answers_with_the_role_of_now(payroll: CreatedKey) -> None:
    assign_role(actor=PLATFORM, key=payroll.key, role=Role.GL)
    answer = verify_secret(payroll.secret, address=None)
    assert isinstance(answer, Passed)
    assert answer.key.role == Role.GL


def test_it_asks_the_database_once(
    payroll: CreatedKey, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    verify_secret(payroll.secret, address=None)
    with django_assert_num_queries(1) as asked:
        assert _answer(payroll.secret) is None
    assert "'SELECT " in asked.captured_queries[0]["sql"]


@pytest.mark.parametrize("credential", ["wrong", "unknown", "revoked", "expired", "suspended"])
def test_it_asks_the_database_once_to_deny_too(
    credential: str,
    payroll: CreatedKey,
    northwind: Tenant,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    secret = payroll.secret
    match credential:
        case "wrong":
            secret = _with_client_id_of(payroll)
        case "unknown":
            secret = new_client_secret("dev")
        case "revoked":
            revoke_key(actor=PLATFORM, key=payroll.key)
        case "expired":
            let_expire(payroll.key)
        case _:
            put_access(northwind, AccessState.SUSPENDED)
    with django_assert_num_queries(1):
        assert _answer(secret) is not None
