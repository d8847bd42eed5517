"""Two people decide about one tenant's access at the same moment."""

import pytest

from accounts.actor import StaffActor
from accounts.models import RateCounter, Tenant, User
from accounts.roles import Role
from apikeys.errors import AccessNotEnabled, AccessStateRefused, ActorEnded
from apikeys.key_actor import KeyActor
from apikeys.models import AccessRequest, AccessState, ApiAccess, ApiKey, Decision
from apikeys.services.api_access import access_of, approve_request, withdraw_request
from apikeys.services.emergency import revoke_all_keys
from apikeys.services.keys import CreatedKey
from tests.apikeys.services.access_steps import ask, suspend
from tests.factories import acting, make_key, make_member
from tests.racing import Task, overtake, race, rounds

pytestmark = pytest.mark.django_db(transaction=True)


def _approving(tenant: Tenant, manager: User) -> Task:
    return lambda: approve_request(actor=StaffActor(manager), tenant=tenant)


def _withdrawing(tenant: Tenant, admin: User) -> Task:
    return lambda: withdraw_request(actor=acting(admin), tenant=tenant)


def _revoking_all(tenant: Tenant, manager: User) -> Task:
    return lambda: revoke_all_keys(
        actor=StaffActor(manager), tenant=tenant, confirmation=tenant.name, reason="Leak"
    )


def test_it_takes_one_of_two_requests_made_at_once(juniper: Tenant, nina: User) -> None:
    second = make_member(juniper, Role.ADMIN)
    overtaken = overtake(lambda: ask(juniper, second), first=lambda: ask(juniper, nina))
    assert overtaken.waited
    assert isinstance(overtaken.outcome, AccessStateRefused)
    assert AccessRequest.objects.get().requested_by == nina


@pytest.mark.prove
def test_it_takes_one_of_many_requests(juniper: Tenant, nina: User) -> None:
    for _ in range(rounds(2, 100)):
        RateCounter.objects.all().delete()  # more rounds than requests fit an hour
        outcomes = race([lambda: ask(juniper, nina)] * 8)
        made = [outcome for outcome in outcomes if isinstance(outcome, AccessRequest)]
        assert len(made) == 1
        assert sum(isinstance(outcome, AccessStateRefused) for outcome in outcomes) == 7
        withdraw_request(actor=acting(nina), tenant=juniper)


def test_it_does_not_approve_what_is_withdrawn_meanwhile(
    juniper: Tenant, nina: User, rita: User
) -> None:
    ask(juniper, nina)
    overtaken = overtake(_approving(juniper, rita), first=_withdrawing(juniper, nina))
    assert overtaken.waited
    assert isinstance(overtaken.outcome, AccessStateRefused)
    assert access_of(juniper).state == AccessState.NONE
    assert AccessRequest.objects.get().decision == Decision.WITHDRAWN


def test_it_does_not_withdraw_what_is_approved_meanwhile(
    juniper: Tenant, nina: User, rita: User
) -> None:
    ask(juniper, nina)
    overtaken = overtake(_withdrawing(juniper, nina), first=_approving(juniper, rita))
    assert overtaken.waited
    assert isinstance(overtaken.outcome, AccessStateRefused)
    assert access_of(juniper).state == AccessState.ENABLED
    assert AccessRequest.objects.get().decision == Decision.APPROVED


@pytest.mark.prove
def test_exactly_one_of_approval_and_withdrawal_wins(
    juniper: Tenant, nina: User, rita: User
) -> None:
    for _ in range(rounds(3, 200)):
        RateCounter.objects.all().delete()  # more rounds than requests fit an hour
        request = ask(juniper, nina)
        outcomes = race([_approving(juniper, rita), _withdrawing(juniper, nina)])
        assert [type(outcome) for outcome in outcomes].count(AccessStateRefused) == 1
        request.refresh_from_db()
        approved = isinstance(outcomes[0], ApiAccess)
        assert request.decision == (Decision.APPROVED if approved else Decision.WITHDRAWN)
        ApiAccess.objects.update(state=AccessState.NONE)  # past the verbs: none leads back


@pytest.mark.parametrize("asks", ["person", "key"])
def test_it_makes_no_key_after_the_suspension_that_it_waited_for(
    asks: str, northwind: Tenant, alice: User, rita: User, admin_key: CreatedKey
) -> None:
    actor = KeyActor(admin_key.key) if asks == "key" else acting(alice)
    overtaken = overtake(
        lambda: make_key(northwind, actor=actor), first=lambda: suspend(northwind, rita)
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, ActorEnded if asks == "key" else AccessNotEnabled)
    assert ApiKey.objects.count() == 1


def test_a_key_that_all_keys_end_with_makes_none_after_it(
    northwind: Tenant, rita: User, admin_key: CreatedKey
) -> None:
    overtaken = overtake(
        lambda: make_key(northwind, actor=KeyActor(admin_key.key)),
        first=_revoking_all(northwind, rita),
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, ActorEnded)
    assert not ApiKey.objects.active().exists()


def test_it_ends_the_key_that_was_made_while_it_waited(
    northwind: Tenant, rita: User, admin_key: CreatedKey
) -> None:
    overtaken = overtake(
        _revoking_all(northwind, rita),
        first=lambda: make_key(northwind, actor=KeyActor(admin_key.key)),
    )
    assert (overtaken.waited, overtaken.outcome) == (True, 2)
    assert not ApiKey.objects.active().exists()


@pytest.mark.prove
def test_no_key_of_a_key_survives_the_end_of_all(northwind: Tenant, rita: User) -> None:
    for _ in range(rounds(3, 200)):
        actor = KeyActor(make_key(northwind, role=Role.ADMIN).key)
        creating: Task = lambda: make_key(northwind, actor=actor)  # noqa: B023, E731
        outcomes = race([*[creating] * 5, _revoking_all(northwind, rita)])
        made = sum(isinstance(outcome, CreatedKey) for outcome in outcomes)
        assert outcomes[-1] == made + 1
        assert not ApiKey.objects.active().exists()
