"""The part of the OpenAPI document that describes the canonical API."""

from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus

from apikeys.codes import Code
from apikeys.key_actor import KeyActor
from apikeys.rest.canonical.addresses import ADDRESSES, Address
from apikeys.rest.canonical.examples import ANSWERS, BODIES, CLIENT_ID, ETAG, problem_example
from apikeys.rest.canonical.schemas import CreatedKeyView, KeyListView, KeyView, NoContent
from apikeys.rest.openapi.parts import (
    error_headers,
    header_references,
    json_content,
    query_parameters,
    success_headers,
)
from apikeys.rest.openapi.schemas import Json, reference
from apikeys.rest.operations import Operation
from apikeys.rest.problems import ProblemView
from apikeys.rest.requests import NoBody
from apikeys.rest.routes import API_ROOT
from apikeys.rules import IDEMPOTENCY_KEY_MAX
from apikeys.services.peppers import configured_prefix

KEYS, ACCOUNT = "Keys", "Account"
"""The tags of the operations."""

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


def paths() -> Json:
    """The paths of the canonical API."""
    return {f"{API_ROOT}{each.path}": _path(each) for each in ADDRESSES}


def operations() -> list[Operation[KeyActor]]:
    """Its operations, in the order of their paths."""
    return [operation for each in ADDRESSES for operation in each.operations]


def parameters() -> Json:
    """The parameters that its operations share."""
    return {
        "client_id": {
            "name": "client_id",
            "in": "path",
            "required": True,
            "description": "The key's client ID.",
            "schema": {"type": "string", "pattern": "^[0-9A-Za-z]{1,32}_[0-9A-Za-z]{20}$"},
            "example": CLIENT_ID.replace("dev", configured_prefix(), 1),
        }
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
        "tags": [KEYS if "keys" in address.path else ACCOUNT],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [*query_parameters(operation.query), *_header_parameters(operation)],
        "responses": _responses(address, operation),
    }
    if operation.permission is not None:
        said["x-permission"] = str(operation.permission)
    if not issubclass(operation.body, NoBody):
        said["requestBody"] = {
            "required": True,
            "content": json_content(operation.body, BODIES[operation.body]),
        }
    return said


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
                    "A UUID, or a quoted string of your choice. The same request sent again "
                    "with it within 24 hours is answered as before and makes nothing."
                ),
                "schema": {
                    "type": "string",
                    "pattern": '^("([ !#-\\[\\]-~]|\\\\["\\\\])+"'
                    "|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$",
                    "maxLength": IDEMPOTENCY_KEY_MAX + 2,
                },
                "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
            }
        )
    return parameters


def _responses(address: Address, operation: Operation[KeyActor]) -> Json:
    codes = codes_of(address, operation)
    responses = {str(int(operation.status)): _success(operation)} | problems(codes)
    if operation.repeatable:
        twice = HTTPStatus.UNPROCESSABLE_ENTITY
        both = [*(code for code in codes if code.status == twice), Code.IDEMPOTENCY_CONFLICT]
        responses[str(int(twice))] = _problem(twice, both)
    return responses


def problems(codes: Iterable[Code]) -> Json:
    """The answers of these refusals, by status, in the form of RFC 9457."""
    by_status: dict[HTTPStatus, list[Code]] = defaultdict(list)
    for code in codes:
        by_status[code.status].append(code)
    return {str(int(status)): _problem(status, found) for status, found in by_status.items()}


def _problem(status: HTTPStatus, codes: list[Code]) -> Json:
    return {
        "description": " ".join(dict.fromkeys(code.meaning for code in codes)),
        "headers": error_headers(status),
        "content": {
            "application/problem+json": {
                "schema": reference(ProblemView),
                "examples": {str(code): {"value": problem_example(code, status)} for code in codes},
            }
        },
    }


def _success(operation: Operation[KeyActor]) -> Json:
    answer = operation.answer
    own = ["ETag"] if answer in {KeyView, CreatedKeyView} else []
    if operation.status == HTTPStatus.CREATED:
        own.append("Location")
    said: Json = {
        "description": "Done." if answer is NoContent else (answer.__doc__ or "").split("\n")[0],
        "headers": success_headers() | header_references(own),
    }
    if answer is NoContent:
        return said
    said["content"] = json_content(answer, ANSWERS[answer])
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
