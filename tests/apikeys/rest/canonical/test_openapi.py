"""The OpenAPI document: complete, true to what the API does, and readable by anybody."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from openapi_spec_validator import OpenAPIV31SpecValidator

from apikeys.codes import Code
from apikeys.rest.canonical.addresses import ADDRESSES
from apikeys.rest.canonical.examples import ANSWERS, BODIES
from apikeys.rest.canonical.openapi import codes_of, openapi
from apikeys.rest.canonical.schemas import NoContent
from apikeys.rest.requests import NoBody
from tests.apikeys.rest.canonical.calls import CREATE, KEYS, SELF, post

DOCUMENT = "/v1/openapi.json"
OPERATIONS = [(each, operation) for each in ADDRESSES for operation in each.operations]
NOT_OF_ONE_OPERATION = {
    Code.METHOD_NOT_ALLOWED,  # there is no operation for that method
    Code.GATEWAY_UNTRUSTED,  # both are the gateway's
    Code.GATEWAY_UNCLEAR,
}


@pytest.fixture
def document(db: None) -> dict[str, Any]:
    """The document as a client gets it."""
    answer = Client().get(DOCUMENT)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    found: dict[str, Any] = answer.json()
    return found


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_it_may_be_read_by_anybody_and_stored_by_caches(db: None) -> None:
    answer = Client().get(DOCUMENT)
    assert answer["Cache-Control"].startswith("public")
    assert not answer.cookies


def test_every_code_is_answered_by_some_operation() -> None:
    answered = {code for each, operation in OPERATIONS for code in codes_of(each, operation)}
    assert answered | NOT_OF_ONE_OPERATION == set(Code)


def test_every_code_says_what_to_do() -> None:
    for code in Code:
        assert code.meaning.endswith(".")
        assert code.status >= 400


def test_every_operation_is_documented(document: dict[str, Any]) -> None:
    for each, operation in OPERATIONS:
        said = document["paths"][f"/v1/{each.path}"][operation.method.lower()]
        assert said["operationId"] == operation.name
        assert said["summary"]
        assert said["description"]


def test_every_body_and_answer_has_an_example_that_is_one() -> None:
    """Read strictly as a body; made again as an answer, from the same values."""
    for _, operation in OPERATIONS:
        if operation.body is not NoBody:
            operation.body.model_validate(BODIES[operation.body])
        if operation.answer is not NoContent:
            example = ANSWERS[operation.answer]
            raw = json.dumps(example).replace('"never"', "null")
            assert json.loads(operation.answer.model_validate_json(raw).as_json()) == example


def test_answers_have_the_fields_that_it_promises(admin: Client, document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    created = post(admin, CREATE).json()
    for answer, schema in ((created, "CreatedKey"), (admin.get(SELF).json(), "CallingKey")):
        assert set(answer) <= set(schemas[schema]["properties"])
        assert set(schemas[schema]["required"]) <= set(answer)
    assert set(admin.get(KEYS).json()) == set(schemas["KeyList"]["required"])


def test_it_names_no_field_null_that_is_only_absent(document: dict[str, Any]) -> None:
    for each, operation in OPERATIONS:
        said = document["paths"][f"/v1/{each.path}"][operation.method.lower()]
        for parameter in said["parameters"]:
            assert "null" not in json.dumps(parameter["schema"])


def test_it_refers_to_nothing_that_it_lacks() -> None:
    text = json.dumps(openapi())
    assert "#/$defs" not in text


def test_it_says_where_tokens_are_fetched(document: dict[str, Any]) -> None:
    scheme = document["components"]["securitySchemes"]["oauth2"]
    token_url = scheme["flows"]["clientCredentials"]["tokenUrl"]
    assert token_url == settings.PORTAL_URL + reverse("oauth_token")
    assert {"oauth2": []} in document["security"]
    assert "signed" in document["info"]["description"]
