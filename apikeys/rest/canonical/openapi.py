"""The OpenAPI 3.1 document, made of the operations and their models: nothing is said twice."""

import json
from collections import defaultdict
from functools import cache
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from apikeys.codes import Code
from apikeys.key_actor import KeyActor
from apikeys.rest.canonical.addresses import ADDRESSES, Address
from apikeys.rest.canonical.examples import ANSWERS, BODIES, CLIENT_ID, ETAG, problem_example
from apikeys.rest.canonical.openapi_parts import HEADERS, Json, security
from apikeys.rest.canonical.openapi_schemas import all_schemas, reference, schema_name, schemas
from apikeys.rest.canonical.schemas import CreatedKeyView, KeyListView, KeyView, NoContent
from apikeys.rest.operations import Operation
from apikeys.rest.problems import ProblemView
from apikeys.rest.requests import NoBody
from apikeys.rest.routes import API_ROOT
from apikeys.rules import IDEMPOTENCY_KEY_MAX
from apikeys.services.peppers import configured_prefix

VERSION = "1.0.0"
"""Of the contract: the first number changes when a client may have to."""

ALWAYS = (
    Code.MULTIPLE_CREDENTIALS,
    Code.CREDENTIAL_IN_URL,
    Code.HTTPS_REQUIRED,
    Code.CREDENTIAL_MISSING,
    Code.CREDENTIAL_MALFORMED,
    Code.CLIENT_ID_WITHOUT_SECRET,
    Code.WRONG_ENVIRONMENT,
    Code.UNAUTHENTICATED,
    Code.KEY_EXPIRED,
    Code.ACCESS_SUSPENDED,
    Code.TOKEN_EXPIRED,
    Code.SIGNATURE_INVALID,
    Code.SIGNATURE_EXPIRED,
    Code.NONCE_REUSED,
    Code.VALIDATION_FAILED,
    Code.RATE_LIMITED,
    Code.BUSY,
    Code.UNAVAILABLE,
)
"""How any operation can be refused."""

INTRODUCTION = """Manage the API keys of your account with one of its keys.

Send the client secret in the header `api-key`. Answers are JSON in UTF-8; times are RFC 3339 in
UTC with milliseconds. Unknown fields and parameters are refused. Errors are
`application/problem+json` (RFC 9457): compare their `code`.

A request may be signed instead (RFC 9421, Ed25519), so that the secret never travels: the
documentation page has the rules and examples, under "Signed requests"."""


@transaction.non_atomic_requests
@login_not_required
@csrf_exempt
@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, for anybody: it holds nothing of any account."""
    return HttpResponse(
        json.dumps(openapi(), indent=2),
        content_type="application/json",
        headers={"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"},
    )


@cache
def openapi() -> Json:
    """The whole document; the same for as long as the process runs."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.PRODUCT_NAME}, {settings.ENVIRONMENT_NAME}",
            "version": VERSION,
            "description": INTRODUCTION,
        },
        "servers": [{"url": settings.PORTAL_URL, "description": settings.ENVIRONMENT_NAME}],
        "externalDocs": {"url": f"{settings.PORTAL_URL}/docs/"},
        "security": [{name: []} for name in security()],
        "tags": [{"name": "Keys"}, {"name": "Account"}],
        "paths": {f"{API_ROOT}{each.path}": _path(each) for each in ADDRESSES},
        "components": {
            "schemas": schemas(),
            "securitySchemes": security(),
            "headers": HEADERS,
            "parameters": {"client_id": _client_id()},
        },
    }


def codes_of(address: Address, operation: Operation[KeyActor]) -> list[Code]:
    """Every code that this operation can answer."""
    codes = [*ALWAYS, *operation.refusals]
    if operation.permission is not None:
        codes.append(Code.PERMISSION_DENIED)
    if "{" in address.path:
        codes.append(Code.NOT_FOUND)
    if not issubclass(operation.body, NoBody):
        codes += [Code.UNSUPPORTED_MEDIA_TYPE, Code.BODY_TOO_LARGE]
    if operation.conditional:
        codes.append(Code.PRECONDITION_FAILED)
    if operation.repeatable:
        codes.append(Code.IDEMPOTENCY_CONFLICT)
    if operation.changes:
        codes.append(Code.OUTCOME_UNKNOWN)
    return sorted(codes, key=lambda code: (code.status, list(Code).index(code)))


def _path(address: Address) -> Json:
    item: Json = {
        operation.method.lower(): _operation(address, operation) for operation in address.operations
    }
    if "{client_id}" in address.path:
        item["parameters"] = [{"$ref": "#/components/parameters/client_id"}]
    return item


def _operation(address: Address, operation: Operation[KeyActor]) -> Json:
    said: Json = {
        "operationId": operation.name,
        "tags": ["Keys" if "keys" in address.path else "Account"],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [*_query_parameters(operation), *_header_parameters(operation)],
        "responses": _responses(address, operation),
    }
    if operation.permission is not None:
        said["x-permission"] = str(operation.permission)
    if not issubclass(operation.body, NoBody):
        said["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {
                    "schema": reference(operation.body),
                    "example": BODIES[operation.body],
                }
            },
        }
    return said


def _query_parameters(operation: Operation[KeyActor]) -> list[Json]:
    properties = all_schemas()[schema_name(operation.query)].get("properties", {})
    return [
        {"name": name, "in": "query", "required": False} | _parameter(said)
        for name, said in properties.items()
    ]


def _parameter(said: Json) -> Json:
    """A parameter's schema: one that may be absent is not one that may be null."""
    schema = dict(said)
    description = schema.pop("description", "")
    options = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
    if options:
        schema = options[0] | schema
    if schema.get("default", "") is None:
        del schema["default"]
    return {"description": description, "schema": schema}


def _header_parameters(operation: Operation[KeyActor]) -> list[Json]:
    parameters: list[Json] = []
    if operation.conditional:
        parameters.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": False,
                "description": "The ETag of the state that the change is meant for.",
                "schema": {"type": "string"},
                "example": ETAG,
            }
        )
    if operation.repeatable:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": (
                    "A quoted string of your choice. The same request sent again with it within "
                    "24 hours is answered as before and makes nothing."
                ),
                "schema": {
                    "type": "string",
                    "pattern": '^"([ !#-\\[\\]-~]|\\\\["\\\\])+"$',
                    "maxLength": IDEMPOTENCY_KEY_MAX + 2,
                },
                "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
            }
        )
    return parameters


def _responses(address: Address, operation: Operation[KeyActor]) -> Json:
    responses: Json = {str(int(operation.status)): _success(operation)}
    by_status: dict[HTTPStatus, list[Code]] = defaultdict(list)
    for code in codes_of(address, operation):
        by_status[code.status].append(code)
    if operation.repeatable:
        by_status[HTTPStatus.UNPROCESSABLE_ENTITY].append(Code.IDEMPOTENCY_CONFLICT)
    for status, codes in by_status.items():
        headers = ["X-Request-Id", "Cache-Control"]
        match status:
            case HTTPStatus.BAD_REQUEST:
                pass
            case HTTPStatus.UNAUTHORIZED:
                headers.append("WWW-Authenticate")
            case HTTPStatus.TOO_MANY_REQUESTS | HTTPStatus.SERVICE_UNAVAILABLE:
                headers.append("Retry-After")
        responses[str(int(status))] = {
            "description": " ".join(dict.fromkeys(code.meaning for code in codes)),
            "headers": _header_references(headers),
            "content": {
                "application/problem+json": {
                    "schema": reference(ProblemView),
                    "examples": {
                        str(code): {"value": problem_example(code, status)} for code in codes
                    },
                }
            },
        }
    return responses


def _success(operation: Operation[KeyActor]) -> Json:
    headers = ["X-Request-Id", "Cache-Control", "RateLimit", "RateLimit-Policy"]
    answer = operation.answer
    if answer in {KeyView, CreatedKeyView}:
        headers.append("ETag")
    if operation.status == HTTPStatus.CREATED:
        headers.append("Location")
    said: Json = {
        "description": "Done." if answer is NoContent else (answer.__doc__ or "").split("\n")[0],
        "headers": _header_references(headers),
    }
    if answer is NoContent:
        return said
    said["content"] = {
        "application/json": {"schema": reference(answer), "example": ANSWERS[answer]}
    }
    if answer in {KeyView, CreatedKeyView}:
        said["links"] = _links_to_key()
    if answer is KeyListView:
        said["links"] = {
            "next_page": {
                "operationId": operation.name,
                "parameters": {"cursor": "$response.body#/next_cursor"},
                "description": "The next page, unless next_cursor is null.",
            }
        }
    return said


def _links_to_key() -> Json:
    """What can follow an answer that holds a key; a change to just the state that it shows."""
    key = {"client_id": "$response.body#/client_id"}
    unchanged = key | {"If-Match": "$response.header.ETag"}
    return {
        operation.name: {
            "operationId": operation.name,
            "parameters": unchanged if operation.conditional else key,
        }
        for address in ADDRESSES
        if "{client_id}" in address.path
        for operation in address.operations
    }


def _client_id() -> Json:
    return {
        "name": "client_id",
        "in": "path",
        "required": True,
        "description": "The key's client ID.",
        "schema": {"type": "string", "pattern": "^[0-9A-Za-z]{1,32}_[0-9A-Za-z]{20}$"},
        "example": CLIENT_ID.replace("dev", configured_prefix(), 1),
    }


def _header_references(names: list[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
