"""Giving a key another role."""

import pytest

from accounts.errors import GrantRefused, PermissionRefused, PreconditionFailed
from accounts.models import AuditEvent, User
from accounts.roles import Role
from accounts.services import verbs
from apikeys.errors import KeyRevoked
from apikeys.events import KeyEvent
from apikeys.key_actor import KeyActor
from apikeys.services.keys import CreatedKey, assign_role, revoke_key
from tests.factories import PLATFORM, acting

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", [Role.GL, Role.ADMIN])
def test_it_gives_a_key_another_role(role: Role, payroll: CreatedKey, alice: User) -> None:
    key = assign_role(actor=acting(alice), key=payroll.key, role=role)
    key.refresh_from_db()
    assert (key.role, key.version) == (role, 2)
    event = AuditEvent.objects.get(event=KeyEvent.ROLE_ASSIGNED)
    assert event.data == {"changes": {"role": {"from": "viewer", "to": str(role)}}}


def test_it_takes_a_role_down_again(admin_key: CreatedKey) -> None:
    assert assign_role(actor=PLATFORM, key=admin_key.key, role=Role.VIEWER).role == Role.VIEWER


def test_it_changes_nothing_when_the_key_has_the_role(payroll: CreatedKey) -> None:
    assert assign_role(actor=PLATFORM, key=payroll.key, role=Role.VIEWER).version == 1
    assert not AuditEvent.objects.filter(event=KeyEvent.ROLE_ASSIGNED).exists()


@pytest.mark.parametrize("member", ["bob", "vera", "charlie", "rita", "oscar"])
def test_it_refuses_everybody_who_is_no_admin_of_the_tenant(
    member: str, payroll: CreatedKey, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(PermissionRefused):
        assign_role(
            actor=acting(request.getfixturevalue(member)), key=payroll.key, role=Role.VIEWER
        )


@pytest.mark.parametrize("role", list(Role))
def test_it_lets_no_key_promote_itself(role: Role, gl_key: CreatedKey) -> None:
    with pytest.raises(PermissionRefused):
        assign_role(actor=KeyActor(gl_key.key), key=gl_key.key, role=role)


def test_it_lets_nobody_grant_more_than_they_have(
    payroll: CreatedKey, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs, "require", lambda *_: None)
    with pytest.raises(GrantRefused):
        assign_role(actor=acting(bob), key=payroll.key, role=Role.ADMIN)


def test_it_gives_a_revoked_key_no_role(payroll: CreatedKey) -> None:
    revoke_key(actor=PLATFORM, key=payroll.key)
    with pytest.raises(KeyRevoked):
        assign_role(actor=PLATFORM, key=payroll.key, role=Role.ADMIN)


def test_it_refuses_when_somebody_changed_the_key_meanwhile(payroll: CreatedKey) -> None:
    assign_role(actor=PLATFORM, key=payroll.key, role=Role.GL)
    with pytest.raises(PreconditionFailed):
        assign_role(actor=PLATFORM, key=payroll.key, role=Role.ADMIN, version=1)
