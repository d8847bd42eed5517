"""One key per form, one end per key, one event per refusal, however many ask at once."""

import pytest

from accounts import audit
from accounts.errors import PermissionRefused
from accounts.models import AuditEvent, Outcome, Tenant, User
from accounts.roles import Permission, Role
from apikeys.errors import AlreadyCreated
from apikeys.events import KeyEvent
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey, revoke_key
from tests.factories import acting, make_key, make_member
from tests.racing import overtake, race, rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove]


def test_it_makes_one_key_of_a_form_sent_eight_times(northwind: Tenant, alice: User) -> None:
    for number in range(rounds(3, 10)):
        form = f"form {number}"
        outcomes = race([lambda: make_key(northwind, actor=acting(alice), submission=form)] * 8)  # noqa: B023  # run within the round
        made = [outcome for outcome in outcomes if isinstance(outcome, CreatedKey)]
        named = [outcome.key for outcome in outcomes if isinstance(outcome, AlreadyCreated)]
        assert (len(made), len(named)) == (1, 7)
        assert set(named) == {made[0].key}
        assert ApiKey.objects.filter(submission=form).count() == 1


def test_it_keeps_the_first_of_two_who_delete_at_once(northwind: Tenant, alice: User) -> None:
    anna = make_member(northwind, Role.ADMIN, "Anna")
    for _ in range(rounds(3, 200)):
        key = make_key(northwind).key
        race(
            [
                lambda: revoke_key(actor=acting(alice), key=key),  # noqa: B023  # run within the round
                lambda: revoke_key(actor=acting(anna), key=key),  # noqa: B023
            ]
        )
        key.refresh_from_db()
        event = AuditEvent.objects.get(event=KeyEvent.REVOKED, target_id=key.client_id)
        assert (event.actor_label, key.version) == (key.revoked_by_label, 2)


def test_it_records_one_refusal_of_two_at_once(northwind: Tenant, bob: User) -> None:
    refusal = PermissionRefused(Permission.CREATE_KEYS, Role.GL)
    overtaken = overtake(
        lambda: make_key(northwind, actor=acting(bob)),
        first=lambda: audit.record_refusal(acting(bob), KeyEvent.CREATED, northwind, refusal),
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, PermissionRefused)
    assert AuditEvent.objects.filter(outcome=Outcome.REFUSED).count() == 1
