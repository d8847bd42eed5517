"""The real server, with a client that keeps its connection."""

import httpx

from accounts.models import Tenant
from apikeys.services.platform_keys import CreatedPlatformKey
from tests.apikeys.rest.merchant.calls import CREATE
from tests.served_portal import ServedPortal


def test_the_served_portal_speaks_hyperswitchs_contract(
    served_portal: ServedPortal, northwind: Tenant, platform_key: CreatedPlatformKey
) -> None:
    headers = {"api-key": platform_key.secret.text}
    base = f"{served_portal.url}/api_keys/{northwind.public_id}"
    with httpx.Client(headers=headers) as client:
        created = client.post(base, json=CREATE).json()
        key_url = f"{base}/{created['key_id']}"
        assert client.post(key_url, json={"name": "Till 8"}).json()["name"] == "Till 8"
        assert [key["name"] for key in client.get(f"{base}/list").json()] == ["Till 8"]
        assert client.head(key_url).content == b""
        assert client.delete(key_url).json()["revoked"] is True
        gone = client.get(key_url)
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "HE_02")
        assert client.get(f"{base}/list/").json()["error"]["code"] == "IR_02"
        nul = client.post(base, content=b'{"name": "\\u0000", "expiration": "never"}')
        assert (nul.status_code, nul.json()["error"]["code"]) == (400, "IR_06")
    assert platform_key.secret.text not in served_portal.log.read_text()
