"""The examples of the OpenAPI document and the documentation page."""

from http import HTTPStatus
from typing import Any

from django.conf import settings

from apikeys.codes import Code, problem_document
from apikeys.rest.answers import Answer
from apikeys.rest.canonical.schemas import (
    BusinessUnitView,
    CallingKeyView,
    CreatedKeyView,
    KeyChanges,
    KeyCreation,
    KeyListView,
    KeyView,
    RoleChange,
)
from apikeys.rest.requests import Given

CLIENT_ID = "dev_4f9GkQ2xTq7LmPz8RwYb"
ETAG = '"3-full"'
REQUEST_ID = "5f2b9c1e7a3d4860b1c2d3e4f5a69788"

_BY_ALICE = {"type": "user", "id": "usr_0mB4cD5eF6gH7iJ8kL9n", "label": "Alice Moreau"}
KEY: dict[str, Any] = {
    "client_id": CLIENT_ID,
    "tenant_id": "acct_9sT8uV7wX6yZ5aB4cD3e",
    "name": "Payroll",
    "description": "Reads balances for the payroll run.",
    "role": "viewer",
    "status": "active",
    "prefix": CLIENT_ID[:12],
    "email": "payroll@example.com",
    "created_at": "2026-11-22T10:11:12.000Z",
    "created_by": _BY_ALICE,
    "expiration": "2027-03-24T09:00:00.000Z",
    "last_used_at": "2026-11-22T10:15:00.000Z",
    "last_used_from": "203.0.113.7",
    "revoked_at": None,
    "revoked_by": None,
}
"""A key as an admin sees it."""

# Its checksum is wrong on purpose: no scanner for leaked secrets is to take it for one.
SECRET = f"{CLIENT_ID}_EXAMPLEexampleEXAMPLEexampleEXAMPLEexampleE000000"

ANSWERS: dict[type[Answer], dict[str, Any]] = {
    KeyView: KEY,
    CreatedKeyView: KEY
    | {
        "expiration": "never",
        "last_used_at": None,
        "last_used_from": None,
        "client_secret": SECRET,
    },
    KeyListView: {"items": [KEY], "next_cursor": None},
    CallingKeyView: KEY
    | {
        "role": "admin",
        "permissions": [
            "read_keys",
            "change_keys",
            "read_users",
            "create_keys",
            "assign_key_role",
            "change_key_terms",
            "revoke_keys",
            "request_access",
            "manage_members",
        ],
        "environment": {"name": "Sandbox", "kind": "sandbox"},
    },
    BusinessUnitView: {
        "tenant_id": KEY["tenant_id"],
        "name": "Northwind Traders",
        "kind": "corporate",
        "api_access": "enabled",
        "key_limit": 10,
        "active_keys": 3,
    },
}

BODIES: dict[type[Given], dict[str, Any]] = {
    KeyCreation: {
        "email": "payroll@example.com",
        "name": "Payroll",
        "description": "Reads balances for the payroll run.",
        "role": "viewer",
        "expiration": "never",
    },
    KeyChanges: {"name": "Payroll, monthly"},
    RoleChange: {"role": "GL"},
}

_FACTS: dict[Code, dict[str, Any]] = {
    Code.PERMISSION_DENIED: {"permission": "create_keys", "role": "viewer"},
    Code.ACCESS_NOT_ENABLED: {"state": "none"},
    Code.KEY_LIMIT_REACHED: {"limit": 10, "active": 10},
    Code.VALIDATION_FAILED: {
        "errors": [
            {
                "field": "email",
                "code": "invalid",
                "detail": "Enter an email address, for example payments@example.com.",
            }
        ]
    },
}


def problem_example(code: Code, status: HTTPStatus) -> dict[str, Any]:
    """What a refusal with `code` looks like."""
    return problem_document(
        code,
        status,
        code.meaning,
        request_id=REQUEST_ID,
        docs_url=f"{settings.PORTAL_URL}/docs/",
        **_FACTS.get(code, {}),
    )
