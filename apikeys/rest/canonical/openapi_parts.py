"""The parts of the OpenAPI document that every operation shares: credentials and headers."""

from typing import Any

from django.conf import settings

from apikeys.rest.canonical.examples import ETAG

type Json = dict[str, Any]

HEADERS: Json = {
    "X-Request-Id": {
        "description": (
            "The request's id, always ours. Quote it when you ask us about a request. An "
            "X-Request-Id that you send (8 to 64 of A-Z, a-z, 0-9, _ . : -) is kept beside it, so "
            "that we find the request by either."
        ),
        "required": True,
        "schema": {"type": "string"},
    },
    "Cache-Control": {
        "description": "Answers are not to be stored.",
        "required": True,
        "schema": {"type": "string", "const": "no-store"},
    },
    "RateLimit-Policy": {
        "description": (
            "How many requests a key may make: q in w seconds. The answer to a change also names "
            "how many changes it may make."
        ),
        "required": True,
        "schema": {"type": "string"},
        "example": '"per-key";q=600;w=60',
    },
    "RateLimit": {
        "description": (
            "How many requests are left (r), and seconds until all are again (t); in the answer to "
            "a change the same for changes."
        ),
        "required": True,
        "schema": {"type": "string"},
        "example": '"per-key";r=599;t=42',
    },
    "ETag": {
        "description": "The state of the key, for If-Match.",
        "required": True,
        "schema": {"type": "string"},
        "example": ETAG,
    },
    "Location": {
        "description": "The address of the new key.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "WWW-Authenticate": {
        "description": "That a credential is needed.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
}


def security() -> Json:
    """The credentials of any operation, without signatures: OpenAPI has no word for them."""
    return {
        "api-key": {
            "type": "apiKey",
            "in": "header",
            "name": "api-key",
            "description": "The client secret of an API key. This is the form we recommend.",
        },
        "X-API-Key": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "The client secret, under the name that some gateways and clients use.",
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The client secret, or an access token.",
        },
        "basic": {
            "type": "http",
            "scheme": "basic",
            "description": "The client ID as user, the client secret as password (RFC 7617).",
        },
        "oauth2": {
            "type": "oauth2",
            "description": (
                "An access token for client ID and client secret (RFC 6749, 4.4), sent as a bearer "
                "token. It cannot create keys, nor change a key's role, email or expiration."
            ),
            "flows": {
                "clientCredentials": {
                    "tokenUrl": f"{settings.PORTAL_URL}/oauth/token",
                    "scopes": {},
                }
            },
        },
    }
