"""The database itself refuses rows that break the rules of tenants and people."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, models, transaction
from django.db.models.functions import Now

from accounts.models import AuditEvent, Invitation, Membership, OutboxMail, Tenant, User
from accounts.roles import Role
from tests.constraints import broken_constraint, constraints
from tests.database_roles import as_owner
from tests.factories import make_member, make_person, make_tenant

pytestmark = pytest.mark.django_db


def _second_membership(alice: User) -> None:
    Membership.objects.create(tenant=Tenant.objects.get(), user=alice, role=Role.VIEWER)


def _invite(**fields: Any) -> Invitation:
    given = {"email": "gus@example.com", "role": Role.GL, "token_hash": "1", "expires_at": Now()}
    return Invitation.objects.create(tenant=Tenant.objects.get(), **given | fields)


def _invited_twice(**fields: Any) -> None:
    _invite()
    _invite(**fields)


def _mail(**fields: Any) -> OutboxMail:
    return OutboxMail.objects.create(to="gus@example.com", subject="Hello", **fields)


UNIQUE_IN_ANY_CASE = "user_email_unique_in_any_case"
BROKEN: dict[str, Callable[[User], Any]] = {
    "user_email_lowercase": lambda user: User.objects.update(email="Alice@example.com"),
    "user_staff_role_known": lambda user: User.objects.update(staff_role="owner"),
    "tenant_public_id_form": lambda user: Tenant.objects.update(public_id="a/b"),
    "tenant_kind_known": lambda user: Tenant.objects.update(kind="charity"),
    "membership_role_known": lambda user: Membership.objects.update(role="owner"),
    "membership_one_current_per_person": _second_membership,
    "audit_outcome_known": lambda user: AuditEvent.objects.create(outcome="perhaps"),
    "accounts_user_email_key": lambda user: User.objects.create_user(user.email),
    "accounts_user_public_id_key": lambda user: User.objects.create_user(
        "bob@example.com", public_id=user.public_id
    ),
    "accounts_tenant_public_id_key": lambda user: Tenant.objects.create(
        kind="partner", public_id=Tenant.objects.get().public_id
    ),
    "accounts_user_session_generation_check": lambda user: User.objects.update(
        session_generation=-1
    ),
    "accounts_invitation_public_id_key": lambda user: _invite(
        token_hash="2", email="b@example.com", public_id=_invite().public_id
    ),
    "invitation_one_open_per_email": lambda user: _invited_twice(token_hash="2"),
    "accounts_invitation_token_hash_key": lambda user: _invited_twice(email="b@example.com"),
    "invitation_role_known": lambda user: _invite(role="owner"),
    "invitation_email_lowercase": lambda user: _invite(email="Gus@example.com"),
    "invitation_accepted_or_cancelled": lambda user: _invite(
        accepted_at=Now(), accepted_by=user, cancelled_at=Now()
    ),
    "invitation_accepted_by_somebody": lambda user: _invite(accepted_at=Now()),
    "accounts_outboxmail_attempts_check": lambda user: _mail(attempts=-1),
    "accounts_outboxmail_message_id_key": lambda user: [_mail(message_id="1") for _ in range(2)],
}


@pytest.mark.parametrize("constraint", BROKEN)
def test_it_refuses_rows_that_break_a_constraint(constraint: str) -> None:
    alice = make_member(make_tenant(), Role.ADMIN, email="alice@example.com")
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        BROKEN[constraint](alice)
    assert broken_constraint(refused.value) == constraint


def test_it_has_no_constraint_that_nobody_tried() -> None:
    models = (User, Tenant, Membership, Invitation, OutboxMail, AuditEvent)
    tables = [model._meta.db_table for model in models]
    assert constraints(*tables) == {*BROKEN, UNIQUE_IN_ANY_CASE}


def test_it_refuses_two_people_with_one_email_in_another_case(transactional_db: None) -> None:
    make_person(email="alice@example.com")
    with as_owner() as owner, owner.transaction(force_rollback=True):
        # The check for lower case would speak first.
        owner.execute("ALTER TABLE accounts_user DROP CONSTRAINT user_email_lowercase")
        with pytest.raises(psycopg.errors.UniqueViolation, match=UNIQUE_IN_ANY_CASE):
            owner.execute(
                "INSERT INTO accounts_user (public_id, email, password, is_superuser, name,"
                " time_zone, staff_role, is_active)"
                " SELECT 'other', 'Alice@example.com', '', false, '', 'UTC', '', true"
            )


def test_it_lets_nobody_be_accepted_who_did_not_accept(alice: User) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        _invite(accepted_by=alice)
    assert broken_constraint(refused.value) == "invitation_accepted_by_somebody"


def test_it_keeps_invitations_that_ended_beside_an_open_one() -> None:
    make_tenant()
    _invite(token_hash="2", cancelled_at=Now())
    _invite(token_hash="3", accepted_at=Now(), accepted_by=make_person())
    _invite()
    assert Invitation.objects.open().count() == 1


def test_it_lets_somebody_come_back_whose_membership_ended(alice: User) -> None:
    Membership.objects.update(ended_at=Now())
    _second_membership(alice)
    assert Membership.objects.current().get().role == Role.VIEWER


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditevent SET actor_label = 'nobody'",
        "DELETE FROM accounts_auditevent",
        "TRUNCATE accounts_auditevent",
    ],
)
def test_it_refuses_every_change_of_an_event_even_to_the_owner(
    statement: str, transactional_db: None
) -> None:
    make_tenant()
    with as_owner() as owner, pytest.raises(psycopg.DatabaseError, match="never changed"):
        owner.execute(statement)
    assert AuditEvent.objects.count() == 2


@pytest.mark.parametrize("change", ["update", "delete"])
def test_it_gives_the_application_no_right_to_change_events(change: str) -> None:
    make_tenant()
    events = AuditEvent.objects.all()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        events.update(actor_label="nobody") if change == "update" else events.delete()


@pytest.mark.parametrize("model", [Tenant, User, Membership])
def test_it_gives_the_application_no_right_to_delete(model: type[models.Model]) -> None:
    make_member(make_tenant(), Role.ADMIN)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        # Past Django's own protection of rows that others refer to.
        model._default_manager.all()._raw_delete("default")


def test_it_stamps_events_with_its_own_clock(northwind: Tenant) -> None:
    first, second = AuditEvent.objects.order_by("id")
    assert first.at < second.at
