"""How these tests call the canonical API."""

from typing import TYPE_CHECKING, Any

from django.test import Client

from apikeys.credentials import CHECKSUM, checksum, new_client_secret
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

type Answer = _MonkeyPatchedWSGIResponse
"""What the test client answers: a response with `.json()`."""

KEYS = "/v1/api-key/keys"
SELF = "/v1/api-key/self"
BUSINESS_UNIT = "/v1/business-unit"
JSON = "application/json"
CREATE = {"email": "payments@example.com"}
"""The least a key is created from."""


def calling(key: CreatedKey, **headers: str) -> Client:
    """A client that shows the key's secret with each request."""
    return Client(headers={"api-key": key.secret.text} | headers)


def address(key: ApiKey | CreatedKey, *, role: bool = False) -> str:
    """Where the key is."""
    client_id = key.client_id if isinstance(key, ApiKey) else key.key.client_id
    return f"{KEYS}/{client_id}" + ("/role" if role else "")


def post(client: Client, body: Any) -> Answer:
    """Ask for a new key; bytes go as they are."""
    return client.post(KEYS, body, content_type=JSON)


def put_role(client: Client, key: ApiKey | CreatedKey, role: Any) -> Answer:
    """Ask for another role of `key`."""
    return client.put(address(key, role=True), {"role": role}, content_type=JSON)


def patch(client: Client, key: ApiKey | CreatedKey, body: Any, **headers: str) -> Answer:
    """Ask for changes of `key`."""
    return client.patch(address(key), body, content_type=JSON, headers=headers)


def problem(response: Answer, status: int, code: str) -> dict[str, Any]:
    """The answer as the problem that is expected; its whole shape is checked each time."""
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert body["status"] == status
    assert body["type"].endswith(f"/docs/#error-{code}")
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response["X-Request-Id"]
    assert body["instance"] == f"urn:request:{body['request_id']}"
    return body


def invalid(response: Answer) -> dict[str, str]:
    """What a 422 says is wrong: field to code."""
    errors = problem(response, 422, "validation_failed")["errors"]
    assert all(error["detail"] for error in errors)
    return {error["field"]: error["code"] for error in errors}


def wrong_secret(key: CreatedKey) -> str:
    """A well-formed secret of the key's client ID that is not its own."""
    other = new_client_secret("dev").text[:-CHECKSUM]
    body = key.key.client_id + other[len(key.key.client_id) :]
    return body + checksum(body)


def headers_of(answer: Answer) -> dict[str, str]:
    """All of them but how many requests the caller has left."""
    return {name: value for name, value in answer.headers.items() if name != "RateLimit"}
