"""The database itself refuses rows that break the rules of keys and API access."""

from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, models, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import Tenant
from apikeys.models import AccessRequest, AccessState, ApiAccess, ApiKey, Decision, KeyUsage
from apikeys.models.api_keys import FAR_FUTURE
from apikeys.services.keys import CreatedKey, revoke_key
from tests.constraints import broken_constraint, constraints
from tests.factories import PLATFORM, make_key

pytestmark = pytest.mark.django_db

WHOLE = "key_whole_or_revoked"
LIVE: list[tuple[str, dict[str, Any]]] = [
    (WHOLE, {"role": None}),
    (WHOLE, {"role": "owner"}),
    (WHOLE, {"verifier": None}),
    (WHOLE, {"pepper_number": None}),
    (WHOLE, {"public_key": None}),
    (WHOLE, {"revoked_at": Now()}),
    (WHOLE, {"revoked_by_type": "user"}),
    (WHOLE, {"revoked_by_id": "usr_1"}),
    ("key_client_id_form", {"client_id": "dev_short"}),
    ("key_client_id_form", {"client_id": f"d-v_{'a' * 20}"}),
    ("key_client_id_form", {"client_id": f"dev_{'a' * 20}\n"}),
    ("key_name_given", {"name": ""}),
    ("key_email_lowercase", {"email": ""}),
    ("key_email_lowercase", {"email": "A@example.com"}),
    ("key_expires_in_readable_time", {"expires_at": FAR_FUTURE}),
    ("key_slot_positive", {"slot": 0}),
    ("apikeys_apikey_slot_check", {"slot": -1}),
    ("apikeys_apikey_version_check", {"version": -1}),
    ("apikeys_apikey_pepper_number_check", {"pepper_number": -1}),
]
REVOKED: list[tuple[str, dict[str, Any]]] = [
    (WHOLE, {"revoked_at": None}),
    (WHOLE, {"role": "viewer"}),
    (WHOLE, {"verifier": bytes(32)}),
    (WHOLE, {"pepper_number": 1}),
    (WHOLE, {"public_key": bytes(32)}),
    (WHOLE, {"slot": 1}),
    (WHOLE, {"revoked_by_type": ""}),
    (WHOLE, {"revoked_by_id": ""}),
    ("key_revoked_after_created", {"created_at": F("revoked_at") + models.Value("1 s")}),
]
TWO_KEYS: list[tuple[str, dict[str, Any]]] = [
    ("key_slot_unique", {"slot": 7}),
    ("key_one_per_submission", {"submission": "form"}),
    ("apikeys_apikey_client_id_key", {"client_id": f"dev_{'a' * 20}"}),
]
ACCESS: list[tuple[str, dict[str, Any]]] = [
    ("api_access_state_known", {"state": "maybe"}),
    ("api_access_limit_positive", {"key_limit": 0}),
    ("api_access_limit_positive", {"key_limit": -1}),
    ("api_access_texts_while_suspended", {"state": AccessState.SUSPENDED}),
    ("api_access_texts_while_suspended", {"client_text": "Stop"}),
    ("api_access_texts_while_suspended", {"internal_note": "Ticket"}),
]
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("request_reason_given", {"reason": ""}),
    ("request_decided_whole", {"decision": Decision.APPROVED}),
    ("request_decided_whole", {"decided_at": Now()}),
    ("request_decided_whole", {"decided_at": Now(), "decision": "perhaps"}),
]
SECOND_REQUEST = "request_one_open_per_tenant"
SHADOWED = {"apikeys_apiaccess_key_limit_check"}
"""Says less than `api_access_limit_positive`, which PostgreSQL asks first."""


def _refused(rows: "models.QuerySet[Any]", fields: dict[str, Any]) -> str:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        rows.update(**fields)
    return broken_constraint(refused.value)


@pytest.mark.parametrize(("constraint", "fields"), LIVE)
def test_it_refuses_half_a_key(
    constraint: str, fields: dict[str, Any], payroll: CreatedKey
) -> None:
    assert _refused(ApiKey.objects.all(), fields) == constraint


@pytest.mark.parametrize(("constraint", "fields"), REVOKED)
def test_it_refuses_to_give_a_revoked_key_anything_back(
    constraint: str, fields: dict[str, Any], payroll: CreatedKey
) -> None:
    revoke_key(actor=PLATFORM, key=payroll.key)
    assert _refused(ApiKey.objects.all(), fields) == constraint


@pytest.mark.parametrize(("constraint", "fields"), TWO_KEYS)
def test_it_refuses_two_keys_with_the_same(
    constraint: str, fields: dict[str, Any], payroll: CreatedKey
) -> None:
    make_key(payroll.key.tenant)
    ApiKey.objects.update(created_by_id="somebody")
    assert _refused(ApiKey.objects.all(), fields) == constraint


@pytest.mark.parametrize(("constraint", "fields"), ACCESS)
@pytest.mark.usefixtures("northwind")
def test_it_refuses_impossible_access(constraint: str, fields: dict[str, Any]) -> None:
    assert _refused(ApiAccess.objects.all(), fields) == constraint


@pytest.mark.parametrize(("constraint", "fields"), REQUESTS)
def test_it_refuses_half_a_request(
    constraint: str, fields: dict[str, Any], northwind: Tenant
) -> None:
    AccessRequest.objects.create(tenant=northwind, reason="Payouts")
    assert _refused(AccessRequest.objects.all(), fields) == constraint


def test_it_refuses_a_second_open_request(northwind: Tenant, contoso: Tenant) -> None:
    for tenant in (northwind, contoso):
        AccessRequest.objects.create(tenant=tenant, reason="Payouts")
    assert _refused(AccessRequest.objects.all(), {"tenant": northwind}) == SECOND_REQUEST


def test_it_has_no_constraint_that_nobody_tried() -> None:
    tables = [model._meta.db_table for model in (ApiKey, ApiAccess, AccessRequest, KeyUsage)]
    tried = {constraint for constraint, _ in [*LIVE, *REVOKED, *TWO_KEYS, *ACCESS, *REQUESTS]}
    assert constraints(*tables) == tried | {SECOND_REQUEST} | SHADOWED


@pytest.mark.parametrize("model", [ApiKey, ApiAccess])
def test_it_gives_the_application_no_right_to_delete(
    model: type[models.Model], payroll: CreatedKey
) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        # Past Django's own protection of rows that others refer to.
        model._default_manager.all()._raw_delete("default")
