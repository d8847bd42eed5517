"""Every verb leaves one event: who, what, and nothing secret."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from accounts import request_context
from accounts.models import AuditEvent, Outcome, Tenant, User
from accounts.roles import Role
from accounts.services.memberships import add_member
from apikeys.events import KeyEvent
from apikeys.key_actor import KeyActor
from apikeys.services.api_access import enable_access
from apikeys.services.keys import CreatedKey, assign_role, create_key, edit_key, revoke_key
from tests.factories import PLATFORM, acting, make_person, make_tenant
from tests.service_functions import service_functions

pytestmark = pytest.mark.django_db

EXPIRATION = datetime.now(UTC) + timedelta(days=30)

type KeyVerb = Callable[[KeyActor, CreatedKey], object]

VERBS: dict[str, KeyVerb] = {
    KeyEvent.CREATED: lambda actor, key: create_key(
        actor=actor, tenant=key.key.tenant, name="Payroll", email="a@example.com"
    ),
    KeyEvent.EDITED: lambda actor, key: edit_key(
        actor=actor, key=key.key, description="d", expires_at=EXPIRATION
    ),
    KeyEvent.ROLE_ASSIGNED: lambda actor, key: assign_role(actor=actor, key=key.key, role=Role.GL),
    KeyEvent.REVOKED: lambda actor, key: revoke_key(actor=actor, key=key.key, reason="leaked"),
}


def _new_event(before: int) -> AuditEvent:
    """Return the one event written after `before`."""
    return AuditEvent.objects.get(pk__gt=before)


def _last_event() -> int:
    return AuditEvent.objects.latest("id").pk


def test_it_covers_every_verb_of_keys() -> None:
    found = {
        function.event for function in service_functions() if function.module.endswith(".keys")
    }
    assert found - {None} == {f"KeyEvent.{KeyEvent(event).name}" for event in VERBS}


@pytest.mark.parametrize("event", VERBS)
def test_it_says_who_did_what_to_which_key(
    event: str, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    before = _last_event()
    with request_context.serving(request_context.RequestContext("req-1", "203.0.113.9")):
        VERBS[event](KeyActor(admin_key.key), payroll)
    written = _new_event(before)
    assert (written.event, written.outcome) == (event, Outcome.DONE)
    assert (written.actor_type, written.actor_id, written.actor_label) == (
        "api_key",
        admin_key.key.client_id,
        "Back office",
    )
    assert (written.target_type, written.target_label) == ("api_key", "Payroll")
    assert (written.request_id, written.address) == ("req-1", "203.0.113.9")
    assert written.tenant == payroll.key.tenant


@pytest.mark.parametrize("event", VERBS)
def test_it_keeps_secrets_and_verifiers_out_of_events(
    event: str, payroll: CreatedKey, admin_key: CreatedKey
) -> None:
    verifier = payroll.key.verifier
    made = VERBS[event](KeyActor(admin_key.key), payroll)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM accounts_auditevent e")
        (trail,) = cursor.fetchone()
    assert payroll.key.client_id in trail
    assert payroll.secret.text[25:] not in trail
    assert bytes(verifier or b"").hex() not in trail
    assert not isinstance(made, CreatedKey) or made.secret.text[25:] not in trail


def test_it_says_what_a_new_key_was_given(northwind: Tenant, alice: User) -> None:
    before = _last_event()
    create_key(
        actor=acting(alice),
        tenant=northwind,
        email="Ops@example.com",
        role=Role.GL,
        expires_at=EXPIRATION,
    )
    assert _new_event(before).data == {
        "role": "GL",
        "expiration": EXPIRATION.isoformat(),
        "email": "ops@example.com",
    }


def test_it_keeps_the_actors_name_as_it_was(payroll: CreatedKey, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(name="Alice Cooper")
    event = AuditEvent.objects.get(event=KeyEvent.CREATED)
    assert (event.actor_type, event.actor_label) == ("user", "Alice")


def test_it_tells_the_platform_apart_from_people() -> None:
    tenant = make_tenant("Northwind Traders")
    trail = AuditEvent.objects.filter(tenant=tenant).order_by("id")
    assert list(trail.values_list("event", "actor_type", "actor_id", "actor_label")) == [
        ("tenant.created", "system", "tests", "platform"),
        ("access.enabled", "system", "tests", "platform"),
    ]


def test_it_writes_nothing_when_access_was_enabled_already(northwind: Tenant) -> None:
    before = _last_event()
    enable_access(actor=PLATFORM, tenant=northwind)
    assert _last_event() == before


def test_it_says_who_became_a_member_as_what(northwind: Tenant, alice: User) -> None:
    before = _last_event()
    add_member(actor=acting(alice), tenant=northwind, user=make_person("Gus"), role=Role.GL)
    written = _new_event(before)
    assert (written.event, written.actor_label) == ("member.added", "Alice")
    assert written.data == {"member": "Gus", "role": "GL"}
