"""How often a key may ask is counted over both APIs together."""

from typing import Any

from accounts.models import Tenant
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import SELF, calling


def test_neither_api_is_a_way_around_the_others_limit(
    settings: Any, northwind: Tenant, admin_key: CreatedKey
) -> None:
    settings.API_RATE_LIMIT, settings.API_RATE_WINDOW = 2, 3600
    client, keys = calling(admin_key), f"/api_keys/{northwind.public_id}/list"
    assert client.get(SELF).status_code == 200
    assert client.get(keys).status_code == 200
    for path in (SELF, keys):
        refused = client.get(path)
        assert refused.status_code == 429
        assert 1 <= int(refused["Retry-After"]) <= 3600
    assert client.get(keys).json()["error"]["code"] == "IR_06"
