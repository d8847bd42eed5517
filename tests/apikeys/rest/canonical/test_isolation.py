"""Another tenant's key is not there: the same bytes as for one that never was."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import AuditEvent
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import JSON, KEYS, Answer, problem
from tests.same_bytes import body_of, bytes_of

UNKNOWN = "dev_0123456789ABCDEFGHIJ"
MALFORMED = ("x", "%00", "%ff", "..", "dev_", UNKNOWN + "x", "prd_0123456789ABCDEFGHIJ", "1")

REQUESTS: dict[str, Callable[[Client, str], Answer]] = {
    "read": lambda client, id_: client.get(f"{KEYS}/{id_}"),
    "assign role": lambda client, id_: client.put(
        f"{KEYS}/{id_}/role", {"role": "viewer"}, content_type=JSON
    ),
    "edit": lambda client, id_: client.patch(
        f"{KEYS}/{id_}", {"name": "Mine now"}, content_type=JSON
    ),
    "edit what was seen": lambda client, id_: client.patch(
        f"{KEYS}/{id_}", {"name": "Mine"}, content_type=JSON, headers={"If-Match": '"1-full"'}
    ),
    "revoke": lambda client, id_: client.delete(f"{KEYS}/{id_}"),
    "revoke, confirmed": lambda client, id_: client.delete(f"{KEYS}/{id_}?confirm=self"),
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_it_answers_foreign_and_unknown_keys_with_the_same_bytes(
    admin: Client, foreign_key: CreatedKey, request_: Callable[[Client, str], Answer]
) -> None:
    before = ApiKey.objects.values().get(pk=foreign_key.key.pk)
    foreign = request_(admin, foreign_key.key.client_id)
    problem(foreign, 404, "not_found")
    for unknown in (UNKNOWN, *MALFORMED):
        answer = request_(admin, unknown)
        assert bytes_of(answer, but="RateLimit") == bytes_of(foreign, but="RateLimit")
    assert ApiKey.objects.values().get(pk=foreign_key.key.pk) == before


def test_it_leaves_no_trace_in_the_other_tenant(admin: Client, foreign_key: CreatedKey) -> None:
    events = AuditEvent.objects.filter(tenant=foreign_key.key.tenant).count()
    for request_ in REQUESTS.values():
        request_(admin, foreign_key.key.client_id)
    assert AuditEvent.objects.filter(tenant=foreign_key.key.tenant).count() == events


@pytest.mark.parametrize("status", ["active", "all"])
def test_its_list_holds_the_callers_tenant_only(
    admin: Client, admin_key: CreatedKey, foreign_key: CreatedKey, status: str
) -> None:
    items = admin.get(KEYS, query_params={"status": status}).json()["items"]
    assert [item["client_id"] for item in items] == [admin_key.key.client_id]


def test_no_filter_reaches_another_tenants_keys(admin: Client, foreign_key: CreatedKey) -> None:
    query = {"email": foreign_key.key.email, "status": "all"}
    items = admin.get(KEYS, query_params=query).json()["items"]
    assert foreign_key.key.client_id not in {item["client_id"] for item in items}


@pytest.mark.parametrize("caller", ["viewer", "gl"])
def test_who_lacks_the_permission_learns_nothing_of_the_key(
    request: pytest.FixtureRequest, caller: str, foreign_key: CreatedKey
) -> None:
    client: Client = request.getfixturevalue(caller)
    foreign, unknown = (
        body_of(client.delete(f"{KEYS}/{id_}")) for id_ in (foreign_key.key.client_id, UNKNOWN)
    )
    assert foreign == unknown
