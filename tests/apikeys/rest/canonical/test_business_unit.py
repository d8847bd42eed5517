"""GET /v1/business-unit: the calling key's own tenant."""

import pytest
from django.test import Client

from accounts.models import Tenant
from tests.apikeys.rest.canonical.calls import BUSINESS_UNIT
from tests.factories import put_limit


@pytest.mark.parametrize("role", ["viewer", "gl", "admin"])
def test_every_role_reads_its_own_account(
    request: pytest.FixtureRequest, northwind: Tenant, role: str
) -> None:
    client: Client = request.getfixturevalue(role)
    put_limit(northwind, 7)
    assert client.get(BUSINESS_UNIT).json() == {
        "tenant_id": northwind.public_id,
        "name": "Northwind Traders",
        "kind": "corporate",
        "api_access": "enabled",
        "key_limit": 7,
        "active_keys": 1,
    }


def test_another_tenants_key_reads_another_account(foreigner: Client, contoso: Tenant) -> None:
    assert foreigner.get(BUSINESS_UNIT).json()["tenant_id"] == contoso.public_id
