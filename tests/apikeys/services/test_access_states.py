"""API access is a state machine: each verb starts from its states and from no other."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from accounts.actor import StaffActor
from accounts.errors import Invalid
from accounts.models import AuditEvent, Tenant, User
from apikeys.errors import AccessStateRefused
from apikeys.models import AccessRequest, AccessState, Decision
from apikeys.services.api_access import (
    access_of,
    approve_request,
    decline_request,
    enable_access,
    open_request,
    request_access,
    restore_access,
    withdraw_request,
)
from tests.apikeys.services.access_steps import REASON, all_rows, ask, bring_to, suspend
from tests.factories import acting

pytestmark = pytest.mark.django_db

NONE, REQUESTED, ENABLED, SUSPENDED = AccessState

type Step = Callable[[Tenant, User, User], object]

STEPS: dict[str, Step] = {
    "request": lambda tenant, admin, manager: ask(tenant, admin),
    "withdraw": lambda tenant, admin, manager: withdraw_request(actor=acting(admin), tenant=tenant),
    "approve": lambda tenant, admin, manager: approve_request(
        actor=StaffActor(manager), tenant=tenant, text="Welcome"
    ),
    "decline": lambda tenant, admin, manager: decline_request(
        actor=StaffActor(manager), tenant=tenant, text="Not yet"
    ),
    "enable": lambda tenant, admin, manager: enable_access(
        actor=StaffActor(manager), tenant=tenant
    ),
    "suspend": lambda tenant, admin, manager: suspend(tenant, manager),
    "restore": lambda tenant, admin, manager: restore_access(
        actor=StaffActor(manager), tenant=tenant, reason="Clarified"
    ),
}
LEADS_TO = {
    ("request", NONE): REQUESTED,
    ("withdraw", REQUESTED): NONE,
    ("approve", REQUESTED): ENABLED,
    ("decline", REQUESTED): NONE,
    ("enable", NONE): ENABLED,
    ("enable", REQUESTED): ENABLED,
    ("suspend", ENABLED): SUSPENDED,
    ("restore", SUSPENDED): ENABLED,
}
CHANGES_NOTHING = ("enable", ENABLED)
REFUSED = [
    (step, state)
    for step in STEPS
    for state in AccessState
    if (step, state) not in {*LEADS_TO, CHANGES_NOTHING}
]


@pytest.mark.parametrize(("step", "state"), LEADS_TO)
def test_it_moves_and_says_so_once(
    step: str, state: AccessState, juniper: Tenant, nina: User, rita: User
) -> None:
    bring_to(state, juniper, nina, rita)
    before = AuditEvent.objects.count()
    STEPS[step](juniper, nina, rita)
    assert access_of(juniper).state == LEADS_TO[step, state]
    assert AuditEvent.objects.count() == before + 1
    assert (open_request(juniper) is not None) == (access_of(juniper).state == REQUESTED)


@pytest.mark.parametrize(("step", "state"), REFUSED)
def test_it_refuses_from_every_other_state_and_changes_nothing(
    step: str, state: AccessState, juniper: Tenant, nina: User, rita: User
) -> None:
    bring_to(state, juniper, nina, rita)
    before = all_rows()
    with pytest.raises(AccessStateRefused) as refused:
        STEPS[step](juniper, nina, rita)
    assert refused.value.facts == {"state": str(state)}
    assert all_rows() == before


def test_it_changes_nothing_when_access_is_enabled_already(
    juniper: Tenant, nina: User, rita: User
) -> None:
    bring_to(ENABLED, juniper, nina, rita)
    before = all_rows()
    enable_access(actor=StaffActor(rita), tenant=juniper)
    assert all_rows() == before


@pytest.mark.parametrize(
    ("step", "decision", "by", "text"),
    [
        ("withdraw", Decision.WITHDRAWN, "Nina", ""),
        ("approve", Decision.APPROVED, "Rita", "Welcome"),
        ("decline", Decision.DECLINED, "Rita", "Not yet"),
        ("enable", Decision.APPROVED, "Rita", ""),
    ],
)
def test_it_keeps_how_a_request_ended(  # noqa: PLR0913, PLR0917  # one row of the table
    step: str, decision: Decision, by: str, text: str, juniper: Tenant, nina: User, rita: User
) -> None:
    ask(juniper, nina)
    STEPS[step](juniper, nina, rita)
    request = AccessRequest.objects.get()
    assert (request.reason, request.requested_by, request.requested_by_label) == (
        REASON,
        nina,
        "Nina",
    )
    assert (request.decision, request.decided_by_label, request.decision_text) == (
        decision,
        by,
        text,
    )
    assert request.decided_at is not None
    assert request.decided_at > request.requested_at


@pytest.mark.parametrize("ending", ["withdraw", "decline"])
def test_it_lets_a_tenant_ask_again(ending: str, juniper: Tenant, nina: User, rita: User) -> None:
    ask(juniper, nina)
    STEPS[ending](juniper, nina, rita)
    second = ask(juniper, nina, "Now with a contract.")
    assert open_request(juniper) == second
    assert AccessRequest.objects.count() == 2


@pytest.mark.parametrize("reason", ["", "  \n", "a" * 501, "tab\x00", "\u202eevil"])
def test_it_wants_a_reason_that_can_be_read(reason: str, juniper: Tenant, nina: User) -> None:
    before = all_rows()
    with pytest.raises(Invalid) as refused:
        request_access(actor=acting(nina), tenant=juniper, reason=reason)
    assert set(refused.value.errors) == {"reason"}
    assert all_rows() == before


@pytest.mark.parametrize("text", ["a" * 501, "zero\x00"])
def test_it_cuts_nothing_off_what_the_tenant_reads(
    text: str, juniper: Tenant, nina: User, rita: User
) -> None:
    ask(juniper, nina)
    before = all_rows()
    with pytest.raises(Invalid):
        approve_request(actor=StaffActor(rita), tenant=juniper, text=text)
    assert all_rows() == before


def test_it_declines_with_a_reason_only(juniper: Tenant, nina: User, rita: User) -> None:
    ask(juniper, nina)
    with pytest.raises(Invalid) as refused:
        decline_request(actor=StaffActor(rita), tenant=juniper, text=" ")
    assert set(refused.value.errors) == {"text"}
    assert access_of(juniper).state == REQUESTED


def test_it_has_one_open_request_per_tenant_even_past_the_verbs(
    juniper: Tenant, nina: User
) -> None:
    ask(juniper, nina)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessRequest.objects.create(tenant=juniper, reason="Again")
