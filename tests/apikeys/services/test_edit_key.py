"""Changing a key's name, description, email and expiration."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.errors import Invalid, PermissionRefused, PreconditionFailed
from accounts.models import AuditEvent, User
from apikeys.errors import KeyRevoked
from apikeys.events import KeyEvent
from apikeys.key_actor import KeyActor
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey, edit_key
from tests.factories import PLATFORM, acting, make_revoked_key

pytestmark = pytest.mark.django_db

NEXT_YEAR = datetime.now(UTC) + timedelta(days=365)


def _edits() -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(event=KeyEvent.EDITED)
    return list(events.order_by("id").values_list("data", flat=True))


def _columns(created: CreatedKey) -> dict[str, Any]:
    return dict(ApiKey.objects.filter(pk=created.key.pk).values().get())


def test_it_changes_what_is_given_and_leaves_the_rest(payroll: CreatedKey, alice: User) -> None:
    before = _columns(payroll)
    edit_key(actor=acting(alice), key=payroll.key, description="For the bank run")
    after = _columns(payroll)
    changed = {field for field in after if after[field] != before[field]}
    assert changed == {"description", "version"}
    assert after["version"] == 2
    assert _edits() == [{"changes": {"description": {"from": "", "to": "For the bank run"}}}]


def test_it_changes_everything_at_once_as_one_event(payroll: CreatedKey, alice: User) -> None:
    edited = edit_key(
        actor=acting(alice),
        key=payroll.key,
        name="Wages",
        description="d",
        email="Wages@example.com",
        expires_at=NEXT_YEAR,
    )
    assert (edited.name, edited.email, edited.version) == ("Wages", "wages@example.com", 2)
    assert [set(edit["changes"]) for edit in _edits()] == [
        {"name", "description", "email", "expires_at"}
    ]


def test_it_takes_an_expiration_away_again(payroll: CreatedKey) -> None:
    edit_key(actor=PLATFORM, key=payroll.key, expires_at=NEXT_YEAR)
    assert edit_key(actor=PLATFORM, key=payroll.key, expires_at=None).expires_at is None


def test_it_leaves_no_event_and_no_new_version_of_what_changes_nothing(
    payroll: CreatedKey, alice: User
) -> None:
    key = edit_key(
        actor=acting(alice),
        key=payroll.key,
        name=" Payroll ",
        description="",
        email="PAYROLL@example.com",
        expires_at=None,
    )
    assert key.version == 1
    assert edit_key(actor=acting(alice), key=payroll.key).version == 1
    assert _edits() == []


def test_it_refuses_to_change_what_somebody_changed_meanwhile(payroll: CreatedKey) -> None:
    edit_key(actor=PLATFORM, key=payroll.key, name="Wages", version=1)
    with pytest.raises(PreconditionFailed):
        edit_key(actor=PLATFORM, key=payroll.key, name="Salaries", version=1)
    assert edit_key(actor=PLATFORM, key=payroll.key, name="Salaries", version=2).version == 3


def test_it_lets_a_gl_change_name_and_description(payroll: CreatedKey, bob: User) -> None:
    edited = edit_key(actor=acting(bob), key=payroll.key, name="Wages", description="d")
    assert (edited.name, edited.description) == ("Wages", "d")


@pytest.mark.parametrize("terms", [{"email": "bob@example.com"}, {"expires_at": NEXT_YEAR}])
def test_it_keeps_email_and_expiration_from_a_gl(
    terms: dict[str, str], payroll: CreatedKey, bob: User, gl_key: CreatedKey
) -> None:
    for actor in (acting(bob), KeyActor(gl_key.key)):
        with pytest.raises(PermissionRefused) as refused:
            edit_key(actor=actor, key=payroll.key, name="Wages", **terms)  # type: ignore[arg-type]
        assert refused.value.facts["permission"] == "change_key_terms"
    payroll.key.refresh_from_db()
    assert payroll.key.name == "Payroll"


@pytest.mark.parametrize("member", ["vera", "charlie", "rita", "oscar"])
def test_it_refuses_who_may_not_change_the_tenants_data(
    member: str, payroll: CreatedKey, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(PermissionRefused):
        edit_key(actor=acting(request.getfixturevalue(member)), key=payroll.key, name="Mine")


def test_it_changes_nothing_if_one_field_is_wrong(payroll: CreatedKey) -> None:
    with pytest.raises(Invalid) as refused:
        edit_key(actor=PLATFORM, key=payroll.key, name="Wages", email="wages")
    assert set(refused.value.errors) == {"email"}
    payroll.key.refresh_from_db()
    assert payroll.key.name == "Payroll"


def test_it_never_changes_a_revoked_key(northwind_key_revoked: ApiKey) -> None:
    with pytest.raises(KeyRevoked):
        edit_key(actor=PLATFORM, key=northwind_key_revoked, name="Back again")


@pytest.fixture
def northwind_key_revoked(payroll: CreatedKey) -> ApiKey:
    return make_revoked_key(payroll.key.tenant).key
