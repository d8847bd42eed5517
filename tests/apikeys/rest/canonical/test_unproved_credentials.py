"""Unknown, wrong and revoked cannot be told apart; who proved the secret hears more."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.credentials import new_client_secret
from apikeys.models import AccessState, KeyUsage
from apikeys.proof.use_log import UseLog
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import KEYS, SELF, address, calling, problem, wrong_secret
from tests.factories import let_expire, make_revoked_key, put_access
from tests.same_bytes import bytes_of


def test_it_answers_unknown_wrong_and_revoked_with_the_same_bytes(payroll: CreatedKey) -> None:
    revoked = make_revoked_key(payroll.key.tenant)
    secrets = [new_client_secret("dev").text, wrong_secret(payroll), revoked.secret.text]
    answers = [Client().get(SELF, headers={"api-key": secret}) for secret in secrets]
    problem(answers[0], 401, "unauthenticated")
    assert len({str(bytes_of(answer)) for answer in answers}) == 1


def test_it_leaves_no_trace_in_the_tenant_of_a_wrong_secret(
    payroll: CreatedKey, uses: UseLog
) -> None:
    events = AuditEvent.objects.count()
    Client().get(SELF, headers={"api-key": wrong_secret(payroll)})
    uses.flush()
    assert AuditEvent.objects.count() == events
    assert not KeyUsage.objects.exists()


def test_it_refuses_a_revoked_key_on_the_very_next_request(
    admin: Client, viewer: Client, payroll: CreatedKey
) -> None:
    assert viewer.get(SELF).status_code == 200
    assert admin.delete(address(payroll)).status_code == 204
    problem(viewer.get(SELF), 401, "unauthenticated")


def test_it_tells_an_expired_key_from_a_wrong_one_only_after_proof(payroll: CreatedKey) -> None:
    let_expire(payroll.key)
    problem(calling(payroll).get(SELF), 401, "key_expired")
    wrong = Client().get(SELF, headers={"api-key": wrong_secret(payroll)})
    problem(wrong, 401, "unauthenticated")


@pytest.mark.parametrize("state", [AccessState.SUSPENDED, AccessState.NONE, AccessState.REQUESTED])
def test_it_refuses_keys_of_a_tenant_without_access(
    payroll: CreatedKey, state: AccessState
) -> None:
    put_access(payroll.key.tenant, state)
    problem(calling(payroll).get(KEYS), 401, "access_suspended")
    wrong = Client().get(SELF, headers={"api-key": wrong_secret(payroll)})
    problem(wrong, 401, "unauthenticated")


def test_it_notes_when_and_from_where_the_key_was_used(payroll: CreatedKey, uses: UseLog) -> None:
    calling(payroll).get(SELF, REMOTE_ADDR="192.0.2.7")
    uses.flush()
    usage = KeyUsage.objects.get(key=payroll.key)
    assert usage.last_used_from == "192.0.2.7"
