"""Every event has words, so that no code reaches a person."""

import re

import pytest
from django.test import Client

from accounts.events import AccountEvent, ReadEvent
from accounts.models import AuditEvent, Outcome, Tenant, User
from apikeys.events import AccessEvent, ApiEvent, KeyEvent, PlatformKeyEvent
from apikeys.pages.history_words import WORDS, event_text, trail_text
from apikeys.services.keys import CreatedKey
from tests.factories import signed_in

EVENTS = [
    str(event)
    for kind in (AccountEvent, ReadEvent, KeyEvent, AccessEvent, PlatformKeyEvent, ApiEvent)
    for event in kind
]
CODE = re.compile(r"\b[a-z_]+\.[a-z_]+\b")


def written(tenant: Tenant, event: str, outcome: Outcome, target: str) -> AuditEvent:
    """An event with the least that one of its kind may hold."""
    return AuditEvent(
        tenant=tenant,
        event=event,
        outcome=outcome,
        actor_type="system",
        actor_id="tests",
        actor_label="platform",
        target_type="api_key",
        target_id=target,
        target_label="Payroll",
    )


def test_every_event_has_words_and_nothing_else_has() -> None:
    assert set(WORDS) == set(EVENTS)


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("event", [*EVENTS, "key.from_the_future"])
def test_no_event_is_said_as_a_code(event: str, outcome: Outcome) -> None:
    made = written(Tenant(name="Northwind"), event, outcome, "dev_x")
    for said in (event_text(made), trail_text(made)):
        assert said
        assert not CODE.search(said)
        assert "{" not in said


@pytest.mark.django_db
def test_no_code_stands_on_a_page(
    alice: User, rita: User, northwind: Tenant, payroll: CreatedKey
) -> None:
    client_id = payroll.key.client_id
    for event in EVENTS:
        for outcome in Outcome:
            written(northwind, event, outcome, client_id).save()
    pages: dict[Client, str] = {
        signed_in(alice): f"/account/{northwind.public_id}/keys/{client_id}/",
        signed_in(rita): f"/portfolio/{northwind.public_id}/",
    }
    for client, path in pages.items():
        page = client.get(path).content.decode()
        assert [event for event in EVENTS if event in page] == []
