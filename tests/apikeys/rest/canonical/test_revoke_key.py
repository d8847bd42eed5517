"""An admin key revokes keys for good, and itself only when it says so."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import SELF, address, calling, invalid, problem


def test_it_revokes_with_an_empty_answer(admin: Client, payroll: CreatedKey) -> None:
    answer = admin.delete(address(payroll))
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer
    payroll.key.refresh_from_db()
    assert payroll.key.revoked_at is not None
    assert payroll.key.verifier is None


def test_revoking_again_changes_nothing(admin: Client, payroll: CreatedKey) -> None:
    admin.delete(address(payroll))
    before = ApiKey.objects.values().get(pk=payroll.key.pk)
    events = AuditEvent.objects.count()
    assert admin.delete(address(payroll)).status_code == 204
    assert ApiKey.objects.values().get(pk=payroll.key.pk) == before
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("caller", ["viewer", "gl"])
def test_it_needs_the_permission(
    request: pytest.FixtureRequest, caller: str, payroll: CreatedKey
) -> None:
    client: Client = request.getfixturevalue(caller)
    denied = problem(client.delete(address(payroll)), 403, "permission_denied")
    assert denied["permission"] == "revoke_keys"
    assert calling(payroll).get(SELF).status_code == 200


def test_a_key_does_not_revoke_itself_by_mistake(admin: Client, admin_key: CreatedKey) -> None:
    problem(admin.delete(address(admin_key)), 409, "confirmation_required")
    assert admin.get(SELF).status_code == 200


def test_a_key_revokes_itself_when_it_says_so(admin: Client, admin_key: CreatedKey) -> None:
    assert admin.delete(f"{address(admin_key)}?confirm=self").status_code == 204
    problem(admin.get(SELF), 401, "unauthenticated")


def test_it_takes_an_empty_object_as_no_body(admin: Client, payroll: CreatedKey) -> None:
    """Clients with one function for all requests send it."""
    for body in (b"{}", b" { }\n", b"\xef\xbb\xbf{}"):
        for content_type in ("application/json", "text/plain"):
            answer = admin.delete(address(payroll), body, content_type=content_type)
            assert answer.status_code == 204


def test_it_takes_no_other_confirmation_and_no_body(
    admin: Client, admin_key: CreatedKey, payroll: CreatedKey
) -> None:
    problem(admin.delete(f"{address(admin_key)}?confirm="), 409, "confirmation_required")
    for confirm in ("yes", "SELF"):
        response = admin.delete(f"{address(admin_key)}?confirm={confirm}")
        assert invalid(response) == {"confirm": "invalid"}
    response = admin.delete(address(payroll), b'{"confirm": 1}', content_type="application/json")
    assert invalid(response) == {"": "unexpected_body"}
    assert admin.get(SELF).status_code == 200
