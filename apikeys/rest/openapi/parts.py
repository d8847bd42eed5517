"""The parts of the OpenAPI document that operations share: credentials, headers, parameters."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from apikeys.rest.canonical.examples import ETAG
from apikeys.rest.openapi.schemas import Json, properties, reference
from apikeys.rest.requests import Given

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

API_KEY: Json = {
    "api-key": {
        "type": "apiKey",
        "in": "header",
        "name": "api-key",
        "description": "The client secret of an API key.",
    }
}
"""The one security scheme: generated clients send every scheme that they find, and two are 400."""


@dataclass(frozen=True, slots=True)
class CredentialForm:
    """Another header in which the client secret may come."""

    name: str
    header: str
    description: str


OTHER_FORMS = (
    CredentialForm(
        "X-API-Key",
        "X-API-Key",
        "The client secret, under the name that some gateways and clients use.",
    ),
    CredentialForm(
        "Bearer authentication", "Authorization: Bearer", "The client secret, or an access token."
    ),
    CredentialForm(
        "Basic authentication",
        "Authorization: Basic",
        "The client ID as user, the client secret as password (RFC 7617).",
    ),
)


def success_headers() -> Json:
    """The headers of a success."""
    return header_references(["X-Request-Id", "Cache-Control", "RateLimit", "RateLimit-Policy"])


def error_headers(status: HTTPStatus) -> Json:
    """The headers of an error."""
    names = ["X-Request-Id", "Cache-Control"]
    match status:
        case HTTPStatus.UNAUTHORIZED:
            names.append("WWW-Authenticate")
        case HTTPStatus.TOO_MANY_REQUESTS | HTTPStatus.SERVICE_UNAVAILABLE:
            names.append("Retry-After")
    return header_references(names)


def header_references(names: list[str]) -> Json:
    """References to these headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def json_content(model: type[BaseModel], example: Any) -> Json:
    """The content of a body or an answer in JSON."""
    return {"application/json": {"schema": reference(model), "example": example}}


def query_parameters(model: type[Given]) -> list[Json]:
    """The fields of a query string as parameters."""
    return [
        {"name": name, "in": "query", "required": False} | _parameter(said)
        for name, said in properties(model).items()
    ]


def _parameter(said: Json) -> Json:
    """A parameter's schema: one that may be absent is not one that may be null."""
    schema = dict(said)
    description = schema.pop("description")
    example = schema.pop("examples")[0]
    options = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
    if options:
        schema = options[0] | schema
    if schema.get("default", "") is None:
        del schema["default"]
    return {"description": description, "schema": schema, "example": example}
