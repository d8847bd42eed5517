"""Creating keys: who may, and what a key is when nobody chooses otherwise."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from accounts.actor import ActorType
from accounts.clock import database_now
from accounts.errors import GrantRefused, PermissionRefused
from accounts.models import Tenant, User
from accounts.roles import Role
from accounts.services import verbs
from apikeys.credentials import parse_client_secret
from apikeys.errors import AccessNotEnabled
from apikeys.key_actor import KeyActor
from apikeys.models import AccessState, ApiKey, KeyStatus
from apikeys.services import keys
from apikeys.services.keys import CreatedKey, create_key
from apikeys.services.peppers import configured_peppers
from tests.factories import PLATFORM, acting, make_key, make_tenant, put_access

pytestmark = pytest.mark.django_db


def test_it_makes_a_viewer_that_never_expires_unless_told_otherwise(
    northwind: Tenant, alice: User
) -> None:
    key = create_key(actor=acting(alice), tenant=northwind, email="ops@example.com").key
    assert (key.role, key.expires_at, key.description) == (Role.VIEWER, None, "")
    assert (key.version, key.slot) == (1, 1)
    assert key.status_at(datetime.now(UTC)) == KeyStatus.ACTIVE


def test_it_names_a_key_after_its_day_if_nobody_does(
    northwind: Tenant, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "database_now", lambda: datetime(2026, 2, 3, 23, tzinfo=UTC))
    assert make_key(northwind, actor=acting(alice)).key.name == "Key of 3 Feb 2026"


def test_it_hands_out_a_secret_that_matches_what_it_stored(payroll: CreatedKey) -> None:
    stored = ApiKey.objects.get(pk=payroll.key.pk)
    secret = parse_client_secret(payroll.secret.text, prefix=settings.API_KEY_PREFIX)
    assert secret.client_id == stored.client_id
    assert configured_peppers().matches(secret, stored.stored_verifier)


def test_it_stores_who_made_it_as_they_were_called_then(payroll: CreatedKey, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(name="Alice Cooper")
    made = ApiKey.objects.get(pk=payroll.key.pk)
    assert (made.created_by_type, made.created_by_id) == (ActorType.PERSON, alice.public_id)
    assert made.created_by_label == "Alice"


def test_it_lets_an_admin_key_create_keys(northwind: Tenant, admin_key: CreatedKey) -> None:
    made = make_key(northwind, actor=KeyActor(admin_key.key), role=Role.ADMIN).key
    assert (made.created_by_type, made.created_by_label) == (ActorType.API_KEY, "Back office")


@pytest.mark.parametrize("member", ["bob", "vera", "charlie", "rita", "oscar"])
def test_it_refuses_everybody_who_is_no_admin_of_the_tenant(
    member: str, northwind: Tenant, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(PermissionRefused):
        make_key(northwind, actor=acting(request.getfixturevalue(member)))
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("key", ["gl_key", "payroll", "foreign_key"])
def test_it_refuses_keys_that_are_no_admins_of_the_tenant(
    key: str, northwind: Tenant, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(PermissionRefused):
        make_key(northwind, actor=KeyActor(request.getfixturevalue(key).key))


@pytest.mark.parametrize("role", [Role.GL, Role.ADMIN])
def test_it_lets_nobody_grant_more_than_they_have(
    role: Role, northwind: Tenant, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No role may create keys and is yet below another one, so lend Bob the admin's permission.
    monkeypatch.setattr(verbs, "require", lambda *_: None)
    assert make_key(northwind, actor=acting(bob), role=Role.GL).key.role == Role.GL
    if role == Role.ADMIN:
        with pytest.raises(GrantRefused, match="cannot give the role admin"):
            make_key(northwind, actor=acting(bob), role=role)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (AccessState.NONE, "access_not_enabled"),
        (AccessState.REQUESTED, "access_not_enabled"),
        (AccessState.SUSPENDED, "access_suspended"),
    ],
)
def test_it_refuses_tenants_without_api_access(
    state: AccessState, code: str, northwind: Tenant, alice: User
) -> None:
    put_access(northwind, state)
    with pytest.raises(AccessNotEnabled) as refused:
        make_key(northwind, actor=acting(alice))
    assert refused.value.code == code
    assert not ApiKey.objects.exists()


def test_it_refuses_a_tenant_that_was_only_onboarded() -> None:
    with pytest.raises(AccessNotEnabled):
        make_key(make_tenant(access=AccessState.NONE))


def test_it_takes_its_time_from_the_database(northwind: Tenant) -> None:
    before = database_now()
    made = make_key(northwind, expires_at=before + timedelta(days=30)).key
    assert before < made.created_at < database_now()
    assert made.expires_at == before + timedelta(days=30)


def test_it_returns_the_secret_and_keeps_it_nowhere_on_the_key(northwind: Tenant) -> None:
    created = create_key(actor=PLATFORM, tenant=northwind, email="ops@example.com")
    fields = {str(value) for value in vars(created.key).values()}
    assert not any(created.secret.text[25:] in field for field in fields)
