"""The documentation page's view of the OpenAPI document: what the templates show, said once there.

Nothing of the API is written down here a second time. What stands here is only what an OpenAPI
document does not hold: the page's order, the roles behind a permission, the contract's history.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from accounts.roles import PERMISSION_LABELS, ROLE_PERMISSIONS, Permission, Role
from apikeys.codes import Code
from apikeys.pages.docs.field_words import FieldWords, field_words, fields_of, marked, resolved
from apikeys.pages.docs.snippets import (
    CLIENT_ID,
    NEW_CLIENT_ID,
    ON_ANY_KEY,
    ExampleCall,
    Snippet,
    snippets,
)
from apikeys.rest.canonical.schemas import KeyView
from apikeys.rest.openapi import canonical
from apikeys.rest.openapi.document import VERSION, openapi
from apikeys.rest.openapi.parts import OTHER_FORMS
from apikeys.rest.openapi.schemas import schema_name
from apikeys.rest.problems import ProblemView

type Json = dict[str, Any]

METHODS = ("get", "post", "patch", "put", "delete")
CREATES = "create_key"
NEEDED_FOR_FIELDS = (Permission.CHANGE_KEY_TERMS, Permission.READ_USERS)
"""Permissions that no operation asks for as a whole, but that fields and filters need."""

CHANGES = ((VERSION, "2026-11-22", ("The first version of this contract.",)),)
"""Versions of the API, newest first, each with its day and what clients should know."""

_BASE64 = "printf '%s' \"$CLIENT_ID:$API_KEY\" | base64 | tr -d '\\n'"


@dataclass(frozen=True, slots=True)
class Refusals:
    """The codes of one status."""

    status: int
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class OperationWords:
    """One operation as the page shows it; `name` is its anchor."""

    name: str
    method: str
    path: str
    summary: str
    paragraphs: tuple[str, ...]
    permission: str
    roles: tuple[Role, ...]
    parameters: tuple[tuple[str, tuple[FieldWords, ...]], ...]
    body: tuple[FieldWords, ...]
    status: int
    phrase: str
    headers: tuple[str, ...]
    is_key: bool
    answer: tuple[FieldWords, ...]
    answer_example: str
    refusals: tuple[Refusals, ...]
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """A permission and, for each role, whether it has it."""

    permission: Permission
    label: str
    held: tuple[tuple[Role, bool], ...]


@cache
def chapters() -> tuple[tuple[str, tuple[OperationWords, ...]], ...]:
    """The operations by their tag, in the document's order; what deletes stands last."""
    found = sorted(_operations(), key=lambda each: each[1] == "delete")
    return tuple(
        (tag, tuple(_words(*each) for each in found if tag in each[2]["tags"]))
        for tag in (canonical.KEYS, canonical.ACCOUNT)
    )


def permission_rows() -> list[PermissionRow]:
    """What the API asks for, by role; permissions that only people use are left out."""
    asked = {Permission(each["x-permission"]) for *_, each in _operations() if _asks(each)}
    wanted = asked.union(NEEDED_FOR_FIELDS)
    return [
        PermissionRow(
            permission,
            PERMISSION_LABELS[permission],
            tuple((role, permission in ROLE_PERMISSIONS[role]) for role in Role),
        )
        for permission in Permission
        if permission in wanted
    ]


def roles_with(permission: str) -> tuple[Role, ...]:
    """The roles that hold `permission`; all of them when none is needed."""
    return tuple(
        role for role in Role if not permission or Permission(permission) in ROLE_PERMISSIONS[role]
    )


def codes() -> list[tuple[Code, str, bool]]:
    """Every code with its meaning and whether every operation can answer it."""
    common = _common_codes()
    return [(code, marked(code.meaning), code in common) for code in Code]


def _common_codes() -> set[Code]:
    return set.intersection(*(set(_codes(each)) for *_, each in _operations()))


def key_fields() -> list[FieldWords]:
    """The fields of a key, which most answers are."""
    schemas = openapi()["components"]["schemas"]
    return fields_of(schemas[schema_name(KeyView)], schemas)


def problem_fields() -> list[FieldWords]:
    """The members of an error."""
    schemas = openapi()["components"]["schemas"]
    fields = fields_of(schemas[schema_name(ProblemView)], schemas)
    # The table of codes stands below them, with meanings.
    return [
        field_words(each.name, {"type": "string"}, schemas, required=each.required)
        if each.name == "code"
        else each
        for each in fields
    ]


def problem_shown(name: str, code: Code) -> str:
    """An operation's example of a refusal, as JSON."""
    for *_, each in _operations():
        if each["operationId"] == name:
            content = each["responses"][str(int(code.status))]["content"]
            return pretty(next(iter(content.values()))["examples"][code]["value"])
    raise LookupError(name)


def credential_forms() -> list[tuple[str, str, str]]:
    """How else the secret may be sent: name, the header to send and what the document says."""
    values = {
        "Authorization: Bearer": "Authorization: Bearer $API_KEY",
        "Authorization: Basic": f"Authorization: Basic $({_BASE64})",
    }
    return [
        (each.name, values.get(each.header, f"{each.header}: $API_KEY"), each.description)
        for each in OTHER_FORMS
    ]


def header_fields() -> list[tuple[str, str, str]]:
    """The answers' headers: name, example and description."""
    return [
        (name, said.get("example", said["schema"].get("const", "")), said["description"])
        for name, said in openapi()["components"]["headers"].items()
    ]


def pretty(document: Any) -> str:
    """JSON to read."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _operations() -> Iterator[tuple[str, str, Json]]:
    """Every operation of the canonical API as path, method and what the document says of it."""
    for path, item in canonical.paths().items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _asks(operation: Json) -> bool:
    return "x-permission" in operation


def _words(path: str, method: str, said: Json) -> OperationWords:
    name, permission = said["operationId"], said.get("x-permission", "")
    status, success = next(
        (HTTPStatus(int(status)), answer)
        for status, answer in said["responses"].items()
        if int(status) < HTTPStatus.BAD_REQUEST
    )
    schema, example = _answer(success)
    key = set(openapi()["components"]["schemas"][schema_name(KeyView)]["properties"])
    is_key = key <= set(schema.get("properties", ()))
    schemas = openapi()["components"]["schemas"]
    return OperationWords(
        name=name,
        method=method.upper(),
        path=path,
        summary=said["summary"],
        paragraphs=tuple(map(marked, said["description"].split("\n\n"))),
        permission=permission,
        roles=roles_with(permission),
        parameters=tuple(_parameters(path, said)),
        body=tuple(fields_of(_body(said)[0], schemas)),
        status=int(status),
        phrase=status.phrase,
        headers=tuple(each for each in success["headers"] if each in {"ETag", "Location"}),
        is_key=is_key,
        answer=tuple(
            each
            for each in fields_of(schema, schemas)
            if not (is_key and each.name.partition(".")[0] in key)
        ),
        answer_example=example,
        refusals=tuple(_refusals(said)),
        snippets=snippets(_example_call(path, method, said)),
    )


def _parameters(path: str, said: Json) -> Iterator[tuple[str, tuple[FieldWords, ...]]]:
    """The parameters by where they stand, as the page heads them."""
    document = openapi()
    given = [
        resolved(each, document["components"]["parameters"])
        for each in [*document["paths"][path].get("parameters", []), *said["parameters"]]
    ]
    for place, heading in (("path", "Path"), ("query", "Query"), ("header", "Headers")):
        here = tuple(
            field_words(
                each["name"],
                each["schema"] | {"description": each["description"]},
                document["components"]["schemas"],
                required=each["required"],
            )
            for each in given
            if each["in"] == place
        )
        if here:
            yield heading, here


def _body(said: Json) -> tuple[Json, Json | None]:
    """The schema of the body and its example; nothing for an operation without one."""
    if "requestBody" not in said:
        return {}, None
    content = said["requestBody"]["content"]["application/json"]
    return resolved(content["schema"], openapi()["components"]["schemas"]), content["example"]


def _answer(success: Json) -> tuple[Json, str]:
    if "content" not in success:
        return {}, ""
    content = success["content"]["application/json"]
    schema = resolved(content["schema"], openapi()["components"]["schemas"])
    return schema, pretty(content["example"])


def _codes(said: Json) -> Iterator[Code]:
    for status, answer in said["responses"].items():
        if int(status) >= HTTPStatus.BAD_REQUEST:
            for content in answer["content"].values():
                yield from map(Code, content["examples"])


def _refusals(said: Json) -> Iterator[Refusals]:
    """The codes that are this operation's own."""
    common = _common_codes()
    for status, answer in said["responses"].items():
        if int(status) >= HTTPStatus.BAD_REQUEST:
            examples = next(iter(answer["content"].values()))["examples"]
            codes = tuple(Code(code) for code in examples if code not in common)
            if codes:
                yield Refusals(int(status), codes)


def _example_call(path: str, method: str, said: Json) -> ExampleCall:
    names = {each.get("name") for each in said["parameters"]}
    return ExampleCall(
        method=method.upper(),
        path=path,
        body=_body(said)[1],
        repeatable="Idempotency-Key" in names,
        makes_a_key=said["operationId"] == CREATES,
        key=CLIENT_ID if said["operationId"] in ON_ANY_KEY else NEW_CLIENT_ID,
    )
