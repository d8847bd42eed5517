"""What a proved actor was refused is an event, at most one a minute; nothing else remains."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actor import Actor
from accounts.errors import PermissionRefused, Refused
from accounts.events import AccountEvent
from accounts.models import AuditEvent, Outcome, Tenant, User
from accounts.services.verbs import verb
from apikeys.errors import AccessNotEnabled, ActorEnded, KeyLimitReached, KeyRevoked
from apikeys.key_actor import KeyActor
from apikeys.models import AccessState, ApiKey
from apikeys.services.keys import CreatedKey, edit_key, revoke_key
from tests.database_roles import as_superuser
from tests.factories import PLATFORM, acting, make_key, put_access

pytestmark = pytest.mark.django_db


def _refusals() -> list[tuple[str, str, str]]:
    events = AuditEvent.objects.filter(outcome=Outcome.REFUSED).order_by("id")
    return [(event.event, event.actor_label, event.data["code"]) for event in events]


def _try_to_revoke(actor: User, key: ApiKey) -> None:
    with pytest.raises(PermissionRefused):
        revoke_key(actor=acting(actor), key=key)


def test_it_records_who_was_refused_what_and_why(payroll: CreatedKey, bob: User) -> None:
    _try_to_revoke(bob, payroll.key)
    assert _refusals() == [("key.revoked", "Bob", "permission_denied")]
    event = AuditEvent.objects.get(outcome=Outcome.REFUSED)
    assert (event.target_id, event.tenant) == (payroll.key.client_id, payroll.key.tenant)


def test_it_records_the_same_refusal_once_a_minute(payroll: CreatedKey, bob: User) -> None:
    for _ in range(3):
        _try_to_revoke(bob, payroll.key)
    assert len(_refusals()) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("seconds", "events"), [(55, 1), (60, 2)])
def test_it_records_it_again_after_the_minute(
    seconds: int, events: int, payroll: CreatedKey, bob: User
) -> None:
    _try_to_revoke(bob, payroll.key)
    with as_superuser() as superuser:
        superuser.execute("SET session_replication_role = replica")  # past the trigger
        superuser.execute(
            "UPDATE accounts_auditevent SET at = at - make_interval(secs => %s)", [seconds]
        )
    _try_to_revoke(bob, payroll.key)
    assert len(_refusals()) == events


MANY_EVENTS = """
    INSERT INTO accounts_auditevent (tenant_id, at, event, outcome, actor_type, actor_id,
        actor_label, target_type, target_id, target_label, data, request_id)
    SELECT tenant_id, at - make_interval(mins => number), event, outcome, actor_type, actor_id,
        actor_label, target_type, target_id, target_label, data, request_id
    FROM accounts_auditevent, generate_series(1, 20000) AS number WHERE outcome = 'refused'
"""


@pytest.mark.django_db(transaction=True)
def test_an_index_finds_the_last_refusal_among_many_alike(payroll: CreatedKey, bob: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        _try_to_revoke(bob, payroll.key)
    (question,) = [query["sql"] for query in asked if query["sql"].startswith("SELECT 1 AS")]
    with as_superuser() as superuser, superuser.transaction(force_rollback=True):
        superuser.execute(MANY_EVENTS)
        superuser.execute("ANALYZE accounts_auditevent")
        plan = superuser.execute(f"EXPLAIN {question}".encode()).fetchall()
    assert "audit_refusals" in str(plan)


def test_it_tells_actors_keys_and_rules_apart(
    payroll: CreatedKey, admin_key: CreatedKey, bob: User, vera: User
) -> None:
    _try_to_revoke(bob, payroll.key)
    _try_to_revoke(vera, payroll.key)
    _try_to_revoke(bob, admin_key.key)
    with pytest.raises(PermissionRefused):
        edit_key(actor=acting(bob), key=payroll.key, email="bob@example.com")
    assert len(_refusals()) == 4


def test_it_records_limit_access_and_revoked_keys(
    northwind: Tenant, payroll: CreatedKey, alice: User
) -> None:
    revoke_key(actor=PLATFORM, key=payroll.key)
    with pytest.raises(KeyRevoked):
        edit_key(actor=acting(alice), key=payroll.key, name="Wages")
    for _ in range(10):
        make_key(northwind)
    with pytest.raises(KeyLimitReached):
        make_key(northwind, actor=acting(alice))
    put_access(northwind, AccessState.SUSPENDED)
    with pytest.raises(AccessNotEnabled):
        make_key(northwind, actor=acting(alice))
    assert [code for _, _, code in _refusals()] == [
        "key_revoked",
        "key_limit_reached",
        "access_suspended",
    ]


def test_it_writes_nothing_for_a_credential_that_ended(
    northwind: Tenant, admin_key: CreatedKey
) -> None:
    actor = KeyActor(admin_key.key)
    revoke_key(actor=PLATFORM, key=admin_key.key)
    with pytest.raises(ActorEnded):
        make_key(northwind, actor=actor)
    assert _refusals() == []


def test_it_rolls_back_what_a_verb_did_before_it_was_refused(northwind: Tenant) -> None:
    # Our own verbs decide before they write; this one does not.
    @verb(AccountEvent.TENANT_HANDED_OVER, about="tenant")
    def rename_and_refuse(*, actor: Actor, tenant: Tenant) -> None:
        Tenant.objects.filter(pk=tenant.pk).update(name="Southwind")
        raise Refused("No.")

    with pytest.raises(Refused):
        rename_and_refuse(actor=PLATFORM, tenant=northwind)
    assert Tenant.objects.get().name == "Northwind Traders"
    assert _refusals() == [(AccountEvent.TENANT_HANDED_OVER, "platform", "refused")]


def test_it_puts_the_refusal_of_a_stranger_into_the_trail_of_the_tenant_they_tried(
    payroll: CreatedKey, charlie: User
) -> None:
    _try_to_revoke(charlie, payroll.key)
    event = AuditEvent.objects.get(outcome=Outcome.REFUSED)
    assert (event.tenant, event.actor_label) == (payroll.key.tenant, "Charlie")
