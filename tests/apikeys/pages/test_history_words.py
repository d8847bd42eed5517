"""Every event has words, so that no code reaches a person."""

import re
from itertools import product

import pytest

from accounts.audit import Auditable
from accounts.events import Event, ReadEvent
from accounts.models import AuditEvent, Outcome, Tenant, User
from apikeys.events import KeyEvent
from apikeys.pages.account import keys
from apikeys.pages.history_words import WORDS, event_text, trail_text
from apikeys.pages.portfolio import tenant as portfolio_page
from apikeys.services.keys import CreatedKey
from tests.factories import signed_in

EVENTS: list[str] = [event for names in Event.__subclasses__() for event in names]
UNKNOWN = "key.from_the_future"
CODE = re.compile(r"\b[a-z_]+\.[a-z_]+\b")


def event_about(about: Auditable, event: str, outcome: Outcome) -> AuditEvent:
    """An event with the least that one of its kind may hold."""
    target = about.audit_target
    return AuditEvent(
        tenant=about.audit_tenant,
        event=event,
        outcome=outcome,
        actor_type="system",
        actor_id="tests",
        actor_label="platform",
        target_type=target.type,
        target_id=target.id,
        target_label=target.label,
    )


def test_every_event_has_words_and_nothing_else_has() -> None:
    assert set(WORDS) == set(EVENTS)


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("event", [*EVENTS, UNKNOWN])
def test_no_event_is_said_as_a_code(event: str, outcome: Outcome) -> None:
    made = event_about(Tenant(name="Northwind"), event, outcome)
    for target_type in ("tenant", "api_key"):
        made.target_type = target_type
        for said in (event_text(made), trail_text(made)):
            assert said
            assert not CODE.search(said)
            assert "{" not in said


def test_no_code_stands_on_a_page(
    alice: User,
    rita: User,
    northwind: Tenant,
    payroll: CreatedKey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With every event about the key and about the account at once on each page."""
    both: tuple[Auditable, ...] = payroll.key, northwind
    kinds = list(product(both, (*EVENTS, UNKNOWN), Outcome))
    AuditEvent.objects.bulk_create(event_about(*kind) for kind in kinds)
    monkeypatch.setattr(keys, "HISTORY_LENGTH", len(kinds))
    monkeypatch.setattr(portfolio_page, "EVENTS_SHOWN", len(kinds))
    account = f"/account/{northwind.public_id}/"
    key = signed_in(alice).get(f"{account}keys/{payroll.key.client_id}/")
    portfolio = signed_in(rita).get(f"/portfolio/{northwind.public_id}/")
    others = [signed_in(alice).get(url) for url in (account, f"{account}access/")]
    assert len(key.context["history"]) >= len(kinds) / 2
    assert len(portfolio.context["activity"]) == len(kinds)
    for page in (key, portfolio, *others):
        assert [code for code in (*EVENTS, UNKNOWN) if code in page.content.decode()] == []


@pytest.mark.parametrize(
    ("event", "on_its_page", "elsewhere"),
    [
        (KeyEvent.EDITED, "Refused: editing this key", "Refused: editing key Payroll"),
        (KeyEvent.REVOKED, "Refused: deleting this key", "Refused: deleting key Payroll"),
        (
            KeyEvent.SECRET_IN_URL,
            "Its client secret came in an address; delete it",
            "Key Payroll: its client secret came in an address; delete it",
        ),
    ],
)
def test_a_refusal_names_the_key_wherever_the_page_does_not(
    event: str, on_its_page: str, elsewhere: str, payroll: CreatedKey
) -> None:
    refused = event_about(payroll.key, event, Outcome.REFUSED)
    assert (event_text(refused), trail_text(refused)) == (on_its_page, elsewhere)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (KeyEvent.CREATED, "Refused: creating a key"),
        (KeyEvent.EDITED, "Refused: editing a key"),
        (ReadEvent.PAGE_OPENED, "Refused: opening a page"),
        (UNKNOWN, "Refused: something else"),
    ],
)
def test_the_account_is_taken_for_no_key(event: str, text: str, northwind: Tenant) -> None:
    """What is refused before a key is looked for is about the account."""
    assert trail_text(event_about(northwind, event, Outcome.REFUSED)) == text
