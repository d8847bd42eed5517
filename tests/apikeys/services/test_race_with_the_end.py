"""Nobody finishes what they began before their rights ended.

The actor's request waits for the tenant's lock while another transaction ends the actor's rights;
when it goes on it must notice. What it read before it waited does not count.
"""

import pytest

from accounts.actor import Actor
from accounts.errors import PermissionRefused
from accounts.models import Membership, Tenant, User
from accounts.roles import Role
from accounts.services.memberships import add_member
from accounts.tenancy import lock_tenant
from apikeys.errors import AccessNotEnabled, ActorEnded, KeyLimitReached, KeyRevoked
from apikeys.key_actor import KeyActor
from apikeys.models import AccessState, ApiKey
from apikeys.services.keys import CreatedKey, assign_role, edit_key, revoke_key
from tests.factories import (
    PLATFORM,
    acting,
    disable,
    end_membership,
    let_expire,
    make_key,
    make_person,
    put_access,
)
from tests.racing import Task, overtake, race, rounds

pytestmark = pytest.mark.django_db(transaction=True)


def _refused(actor: Actor, tenant: Tenant, *, first: Task) -> object:
    """Let `first` overtake a creation by `actor`, which must make nothing; how it was refused."""
    before = set(ApiKey.objects.all())
    overtaken = overtake(lambda: make_key(tenant, actor=actor), first=first)
    assert overtaken.waited
    assert set(ApiKey.objects.all()) == before
    return overtaken.outcome


def test_it_makes_nothing_for_a_key_that_is_revoked_meanwhile(
    northwind: Tenant, admin_key: CreatedKey
) -> None:
    refused = _refused(
        KeyActor(admin_key.key),
        northwind,
        first=lambda: revoke_key(actor=PLATFORM, key=ApiKey.objects.get(pk=admin_key.key.pk)),
    )
    assert isinstance(refused, ActorEnded)


def test_it_makes_nothing_for_a_key_that_is_no_admin_any_more(
    northwind: Tenant, admin_key: CreatedKey
) -> None:
    refused = _refused(
        KeyActor(admin_key.key),
        northwind,
        first=lambda: assign_role(
            actor=PLATFORM, key=ApiKey.objects.get(pk=admin_key.key.pk), role=Role.GL
        ),
    )
    assert isinstance(refused, PermissionRefused)


def test_it_makes_nothing_for_a_key_that_expires_meanwhile(
    northwind: Tenant, admin_key: CreatedKey
) -> None:
    def expire() -> None:
        lock_tenant(northwind)
        let_expire(ApiKey.objects.get(pk=admin_key.key.pk))

    assert isinstance(_refused(KeyActor(admin_key.key), northwind, first=expire), ActorEnded)


@pytest.mark.parametrize("read_before", [True, False])
def test_it_makes_nothing_for_a_member_whose_membership_ends(
    read_before: bool, northwind: Tenant, alice: User
) -> None:
    actor = acting(alice)
    assert not read_before or actor.role_in(northwind) == Role.ADMIN

    def end() -> None:
        lock_tenant(northwind)
        end_membership(alice, northwind)

    assert isinstance(_refused(actor, northwind, first=end), PermissionRefused)


def test_it_makes_nothing_for_a_member_who_is_demoted(northwind: Tenant, alice: User) -> None:
    actor = acting(alice)
    assert actor.role_in(northwind) == Role.ADMIN

    def demote() -> None:
        lock_tenant(northwind)
        Membership.objects.filter(user=alice).update(role=Role.GL)

    assert isinstance(_refused(actor, northwind, first=demote), PermissionRefused)


def test_it_makes_nothing_for_somebody_who_is_disabled(northwind: Tenant, alice: User) -> None:
    actor = acting(alice)
    assert actor.role_in(northwind) == Role.ADMIN

    def disable_alice() -> None:
        lock_tenant(northwind)
        disable(User.objects.get(pk=alice.pk))

    assert isinstance(_refused(actor, northwind, first=disable_alice), PermissionRefused)


@pytest.mark.parametrize(("asks", "refusal"), [("key", ActorEnded), ("person", AccessNotEnabled)])
def test_it_makes_nothing_for_a_tenant_that_is_suspended_meanwhile(
    asks: str, refusal: type[Exception], northwind: Tenant, alice: User, admin_key: CreatedKey
) -> None:
    def suspend() -> None:
        lock_tenant(northwind)
        put_access(northwind, AccessState.SUSPENDED)

    actor: Actor = KeyActor(admin_key.key) if asks == "key" else acting(alice)
    assert isinstance(_refused(actor, northwind, first=suspend), refusal)


def test_it_counts_the_keys_that_were_made_while_it_waited(northwind: Tenant, alice: User) -> None:
    for _ in range(9):
        make_key(northwind)
    overtaken = overtake(
        lambda: make_key(northwind, actor=acting(alice)), first=lambda: make_key(northwind)
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, KeyLimitReached)


def test_it_does_not_change_a_key_that_was_deleted_while_it_waited(
    payroll: CreatedKey, alice: User
) -> None:
    overtaken = overtake(
        lambda: edit_key(actor=acting(alice), key=payroll.key, name="Wages"),
        first=lambda: revoke_key(actor=PLATFORM, key=ApiKey.objects.get(pk=payroll.key.pk)),
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, KeyRevoked)
    payroll.key.refresh_from_db()
    assert (payroll.key.name, payroll.key.verifier) == ("Payroll", None)


def test_it_adds_no_member_for_an_admin_who_is_removed_meanwhile(
    northwind: Tenant, alice: User
) -> None:
    guest, actor = make_person(), acting(alice)
    assert actor.role_in(northwind) == Role.ADMIN

    def end() -> None:
        lock_tenant(northwind)
        end_membership(alice, northwind)

    overtaken = overtake(
        lambda: add_member(actor=actor, tenant=northwind, user=guest, role=Role.ADMIN),
        first=end,
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, PermissionRefused)
    assert not Membership.objects.filter(user=guest).exists()


@pytest.mark.prove
def test_it_dates_nothing_that_a_key_made_after_the_keys_own_end(northwind: Tenant) -> None:
    for _ in range(rounds(5, 200)):
        key = make_key(northwind, role=Role.ADMIN).key
        creating: list[Task] = [lambda: make_key(northwind, actor=KeyActor(key))] * 6  # noqa: B023
        race([*creating, lambda: revoke_key(actor=PLATFORM, key=key)])  # noqa: B023
        key = ApiKey.objects.get(pk=key.pk)
        made = ApiKey.objects.filter(created_by_id=key.client_id)
        assert key.revoked_at is not None
        assert all(child.created_at < key.revoked_at for child in made)
        for child in made:
            revoke_key(actor=PLATFORM, key=child)
