"""How these tests ask for access tokens and use them."""

import base64
from typing import TYPE_CHECKING, Any

from django.test import Client

from apikeys.services.keys import CreatedKey
from apikeys.services.platform_keys import CreatedPlatformKey

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

type Answer = _MonkeyPatchedWSGIResponse
"""What the test client answers: a response with `.json()`."""

OAUTH_TOKEN = "/oauth/token"
HUBPAY_TOKEN = "/auth/token"
INTROSPECT = "/oauth/introspect"
FORM = "application/x-www-form-urlencoded"
GRANT = "grant_type=client_credentials"


def pair(key: CreatedKey | CreatedPlatformKey, secret: str = "") -> dict[str, str]:
    """The key's client ID and its secret, or another, as fields of a form."""
    return {"client_id": key.key.client_id, "client_secret": secret or key.secret.text}


def basic(key: CreatedKey | CreatedPlatformKey, secret: str = "") -> dict[str, str]:
    """The same as a header."""
    text = ":".join(pair(key, secret).values())
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def form_encoded_basic(key: CreatedKey | CreatedPlatformKey) -> dict[str, str]:
    """The header as openid-client makes it: both parts encoded as in a form (RFC 6749, 2.3.1)."""
    text = ":".join(each.replace("_", "%5F") for each in pair(key).values())
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def send(form: str | bytes, path: str = OAUTH_TOKEN, **headers: str) -> Answer:
    """Send a form as it is."""
    return Client().post(path, form, content_type=FORM, headers=headers)


def encoded(fields: dict[str, str]) -> str:
    """Fields that need no escaping, after the grant's name."""
    return "&".join([GRANT, *(f"{name}={value}" for name, value in fields.items())])


def by_basic(key: CreatedKey | CreatedPlatformKey, secret: str = "") -> Answer:
    """Ask as RFC 6749 prefers."""
    return send(GRANT, **basic(key, secret))


def by_form(key: CreatedKey, secret: str = "") -> Answer:
    """Ask with the secret in the form."""
    return send(encoded(pair(key, secret)))


def by_hubpay(key: CreatedKey, secret: str = "") -> Answer:
    """Ask in Hubpay's form."""
    body = {"clientId": key.key.client_id, "clientSecret": secret or key.secret.text}
    return Client().post(HUBPAY_TOKEN, body, content_type="application/json")


WAYS = {"basic": by_basic, "form": by_form, "hubpay": by_hubpay}


def token_of(key: CreatedKey) -> str:
    """A new token of the key."""
    token: str = by_basic(key).json()["access_token"]
    return token


def bearing(token: str, **headers: str) -> Client:
    """A client that shows the token with each request."""
    return Client(headers={"Authorization": f"Bearer {token}"} | headers)


def introspect(caller: CreatedKey | CreatedPlatformKey, token: str, **more: str) -> Answer:
    """Ask what `token` is good for."""
    client = Client(headers={"api-key": caller.secret.text})
    form = "&".join(f"{name}={value}" for name, value in ({"token": token} | more).items())
    return client.post(INTROSPECT, form, content_type=FORM)


def error(response: Answer, status: int, name: str) -> str:
    """What the expected error says; its whole shape is checked each time (RFC 6749, 5.2)."""
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["error"]) == (status, name), body
    assert set(body) == {"error", "error_description"}
    text: str = body["error_description"]
    assert text
    assert all(" " <= each <= "~" and each not in '"\\' for each in text)
    challenged = response.get("WWW-Authenticate", "")
    assert challenged == ('Basic realm="API keys"' if status == 401 else "")
    return text
