"""The part of the OpenAPI document that describes the merchant API."""

import json
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from apikeys.codes import Code
from apikeys.rest.canonical.examples import CLIENT_ID, KEY, SECRET
from apikeys.rest.merchant import keys
from apikeys.rest.merchant.faults import (
    FORBIDDEN,
    NO_SUCH_KEY,
    NO_SUCH_MERCHANT,
    NOT_THE_CALLER,
    Fault,
    FaultCode,
)
from apikeys.rest.merchant.schemas import (
    MerchantCreatedKeyView,
    MerchantKeyChanges,
    MerchantKeyCreation,
    MerchantKeyListView,
    MerchantKeyView,
    MerchantRevokedKeyView,
)
from apikeys.rest.openapi.parts import (
    error_headers,
    json_content,
    query_parameters,
    success_headers,
)
from apikeys.rest.openapi.schemas import Json
from apikeys.rest.operations import Caller, Operation
from apikeys.rest.requests import NoBody
from apikeys.rest.routes import MERCHANT_API_ROOT

TAG = "Merchant API"

CALLS: tuple[tuple[str, Operation[Caller], type[BaseModel]], ...] = (
    ("{merchant_id}", keys.create_key, MerchantCreatedKeyView),
    ("{merchant_id}/list", keys.list_keys, MerchantKeyView),
    ("{merchant_id}/{key_id}", keys.retrieve_key, MerchantKeyView),
    ("{merchant_id}/{key_id}", keys.update_key, MerchantKeyView),
    ("{merchant_id}/{key_id}", keys.revoke_key, MerchantRevokedKeyView),
)
"""Each address below the root with its operation and the model that it answers (or lists)."""
CREATES = keys.create_key

BODIES: dict[type[BaseModel], Json] = {
    MerchantKeyCreation: {
        "name": "Payroll",
        "description": "Reads balances.",
        "expiration": "never",
    },
    MerchantKeyChanges: {"description": "Reads balances, monthly."},
}

_IDS = {"key_id": CLIENT_ID, "merchant_id": KEY["tenant_id"]}
_KEY = {
    **_IDS,
    "name": "Payroll",
    "description": "Reads balances.",
    "created": KEY["created_at"],
    "expiration": "never",
}
ANSWERS: dict[type[BaseModel], Any] = {
    MerchantKeyView: _KEY | {"prefix": KEY["prefix"]},
    MerchantKeyListView: [_KEY | {"prefix": KEY["prefix"]}],
    MerchantCreatedKeyView: _KEY | {"api_key": SECRET},
    MerchantRevokedKeyView: _IDS | {"revoked": True},
}

MEANINGS: dict[FaultCode, str] = {
    FaultCode.BROKEN: "We could not do it, and nothing was changed. Repeat it in a moment.",
    FaultCode.NOT_FOUND: f"{NO_SUCH_KEY}: unknown, deleted, or of another merchant.",
    FaultCode.UNAUTHORIZED: f"{NOT_THE_CALLER}; also when the merchant is not the caller's.",
    FaultCode.UNKNOWN_ADDRESS: "There is nothing at this address.",
    FaultCode.UNKNOWN_METHOD: "The address does not take this method.",
    FaultCode.BAD_REQUEST: "JSON or a field is not acceptable; the message names it. "
    "Here the envelope says error_type in place of type.",
    FaultCode.PRECONDITION: "The request is in order, but the account has as many keys as it may, "
    "or no API access; the message says which.",
    FaultCode.FORBIDDEN: f"{FORBIDDEN} The message goes on with the missing permission.",
}

SCHEMAS: Json = {
    "MerchantError": {
        "title": "MerchantError",
        "type": "object",
        "description": "An error of the merchant API, as Hyperswitch's. Compare the code.",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "description": "It has `type`, or in a bad request (IR_06) `error_type`.",
                "required": ["message", "code"],
                "properties": {
                    "type": {"type": "string"},
                    "error_type": {"type": "string"},
                    "message": {"type": "string", "description": "What is wrong, for people."},
                    "code": {"type": "string", "enum": list(FaultCode)},
                },
            }
        },
    }
}

_UNREADABLE = Fault(FaultCode.BAD_REQUEST, "The query string is not percent-encoded UTF-8.")
_ANY = (
    ("bad_request", _UNREADABLE),
    ("unauthorized", Fault(FaultCode.UNAUTHORIZED, NOT_THE_CALLER)),
    ("forbidden", Fault(FaultCode.FORBIDDEN, FORBIDDEN)),
    ("no_such_merchant", Fault(FaultCode.NOT_FOUND, NO_SUCH_MERCHANT)),
    (
        "rate_limited",
        Fault(
            FaultCode.BAD_REQUEST,
            Code.RATE_LIMITED.meaning,
            status=HTTPStatus.TOO_MANY_REQUESTS,
        ),
    ),
    (
        "unavailable",
        Fault(FaultCode.BROKEN, Code.UNAVAILABLE.meaning, status=HTTPStatus.SERVICE_UNAVAILABLE),
    ),
)
"""How any call can be refused."""
_ON_A_KEY = (("no_such_key", Fault(FaultCode.NOT_FOUND, NO_SUCH_KEY)),)
_WITH_A_BODY = (
    (
        "precondition",
        Fault(FaultCode.PRECONDITION, "This account has as many active keys as it may."),
    ),
    (
        "body_too_large",
        Fault(
            FaultCode.BAD_REQUEST,
            Code.BODY_TOO_LARGE.meaning,
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        ),
    ),
)


def paths() -> Json:
    """The paths of the merchant API."""
    found: Json = {}
    for path, called, _ in CALLS:
        item = found.setdefault(MERCHANT_API_ROOT + path, {})
        item[called.method.lower()] = _operation(path, called)
        names = [name for name in ("merchant_id", "key_id") if name in path]
        item["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in names]
    return found


def operations() -> list[Operation[Caller]]:
    """Its operations."""
    return [called for _, called, _ in CALLS]


def parameters() -> Json:
    """The parameters that its operations share."""
    words = {"merchant_id": "The account's ID.", "key_id": "The key's client ID."}
    return {
        name: {
            "name": name,
            "in": "path",
            "required": True,
            "description": words[name],
            "schema": {"type": "string"},
            "example": example,
        }
        for name, example in _IDS.items()
    }


def _operation(path: str, called: Operation[Caller]) -> Json:
    answer = called.answer
    said: Json = {
        "operationId": f"merchant_{called.name}",
        "tags": [TAG],
        "summary": called.summary,
        "description": called.description or f"{called.summary}.",
        "parameters": query_parameters(called.query),
        "responses": {
            str(int(called.status)): {
                "description": (answer.__doc__ or "").split("\n")[0],
                "headers": success_headers(),
                "content": json_content(answer, ANSWERS[answer]),
            }
        }
        | _errors(path, called),
    }
    if not issubclass(called.body, NoBody):
        content = json_content(called.body, BODIES[called.body])
        said["requestBody"] = {"required": True, "content": content}
    return said


def _errors(path: str, called: Operation[Caller]) -> Json:
    """The refusals by status, each as the API itself writes it."""
    responses: Json = {}
    on_a_key = _ON_A_KEY if "{key_id}" in path else ()
    with_a_body = _WITH_A_BODY if not issubclass(called.body, NoBody) else ()
    for name, fault in sorted((*_ANY, *on_a_key, *with_a_body), key=lambda each: each[1].status):
        said = responses.setdefault(
            str(int(fault.status)),
            {
                "description": MEANINGS[fault.code],
                "headers": error_headers(fault.status),
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/MerchantError"},
                        "examples": {},
                    }
                },
            },
        )
        if MEANINGS[fault.code] not in said["description"]:
            said["description"] += f" {MEANINGS[fault.code]}"
        value = json.loads(fault.response().content)
        said["content"]["application/json"]["examples"][name] = {"value": value}
    return responses
