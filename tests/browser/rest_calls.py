"""Real requests to the REST API, as a key's program would send them."""

import httpx

from apikeys.rest.routes import API_ROOT
from tests.served_portal import ServedPortal

KEYS = f"{API_ROOT}api-key/keys"
SELF = f"{API_ROOT}api-key/self"


def list_status(portal: ServedPortal, secret: str) -> int:
    """The status of listing the tenant's keys with this secret."""
    return httpx.get(portal.url + KEYS, headers={"api-key": secret}).status_code


def who_am_i(portal: ServedPortal, secret: str) -> httpx.Response:
    """Ask what the key of this secret is."""
    return httpx.get(portal.url + SELF, headers={"api-key": secret})


def create(portal: ServedPortal, secret: str, name: str) -> httpx.Response:
    """Ask for another key with this secret."""
    body = {"email": "programs@example.com", "name": name}
    return httpx.post(portal.url + KEYS, headers={"api-key": secret}, json=body)
