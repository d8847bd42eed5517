"""How these tests call the merchant API."""

from typing import TYPE_CHECKING, Any

from django.test import Client

from accounts.models import Tenant
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from apikeys.services.platform_keys import CreatedPlatformKey

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

type Answer = _MonkeyPatchedWSGIResponse
"""What the test client answers: a response with `.json()`."""

JSON = "application/json"
CREATE = {"name": "Till 7", "expiration": "never"}
"""The least a key is created from."""
UNKNOWN_KEY = "dev_0123456789ABCDEFGHIJ"
UNKNOWN_MERCHANT = "acct_0123456789ABCDEFGHIJ"


def calling(key: CreatedKey | CreatedPlatformKey, **headers: str) -> Client:
    """A client that shows the key's secret with each request."""
    return Client(headers={"api-key": key.secret.text} | headers)


def merchant(tenant: Tenant) -> str:
    """Where keys of the tenant are created; its list and its keys are below."""
    return f"/api_keys/{tenant.public_id}"


def address(key: ApiKey | CreatedKey) -> str:
    """Where the key is."""
    key = key if isinstance(key, ApiKey) else key.key
    return f"{merchant(key.tenant)}/{key.client_id}"


def post(client: Client, url: str, body: Any) -> Answer:
    """Send JSON; bytes go as they are."""
    return client.post(url, body, content_type=JSON)


def fault(response: Answer, status: int, code: str, *, type_key: str = "type") -> str:
    """The message of the error that is expected; the envelope's whole shape is checked."""
    assert response["Content-Type"] == JSON
    body: dict[str, Any] = response.json()
    error = body["error"]
    assert (response.status_code, error["code"]) == (status, code), body
    assert body == {
        "error": {
            type_key: "api" if code == "HE_00" else "invalid_request",
            "message": error["message"],
            "code": code,
        }
    }
    assert error["message"]
    assert response["Cache-Control"] == "no-store"
    message: str = error["message"]
    return message


def bad(response: Answer, status: int = 400) -> str:
    """What a request that was wrong in itself is told."""
    return fault(response, status, "IR_06", type_key="error_type")
