"""The OpenAPI document: complete, true to what the API does, and readable by anybody."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, reverse
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from apikeys.codes import Code
from apikeys.rest.canonical.addresses import ADDRESSES
from apikeys.rest.canonical.examples import ANSWERS, BODIES
from apikeys.rest.canonical.schemas import NoContent
from apikeys.rest.openapi.canonical import codes_of
from apikeys.rest.openapi.document import openapi
from apikeys.rest.requests import NoBody
from apikeys.rest.urls import api_addresses
from tests.apikeys.rest.canonical.calls import CREATE, KEYS, SELF, post

DOCUMENT = "/v1/openapi.json"
OPERATIONS = [(each, operation) for each in ADDRESSES for operation in each.operations]
NOT_OF_ONE_OPERATION = {
    Code.METHOD_NOT_ALLOWED,  # there is no operation for that method
    Code.GATEWAY_UNTRUSTED,  # these are the gateway's
    Code.GATEWAY_UNCLEAR,
    Code.UPGRADE_REFUSED,
}


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """All operations, with the parameters of their paths."""
    shared = document["components"]["parameters"]
    found = []
    for item in document["paths"].values():
        names = [each["$ref"].rpartition("/")[2] for each in item.get("parameters", [])]
        above = [shared[name] for name in names]
        found += [
            said | {"parameters": [*above, *said.get("parameters", [])]}
            for method, said in item.items()
            if method != "parameters"
        ]
    return found


def contents(said: dict[str, Any]) -> list[dict[str, Any]]:
    """The contents of an operation's body and answers."""
    parts = [*said["responses"].values(), said.get("requestBody", {})]
    return [content for part in parts for content in part.get("content", {}).values()]


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


def test_it_offers_one_credential_and_tells_of_the_others(document: dict[str, Any]) -> None:
    """Generated clients send every scheme that is offered, and two credentials are refused."""
    assert list(document["components"]["securitySchemes"]) == ["api-key"]
    assert document["security"] == [{"api-key": []}]
    words = document["info"]["description"]
    for form in ("X-API-Key", "Bearer", "Basic", reverse("oauth_token"), "signed"):
        assert form in words


def test_it_covers_all_apis(document: dict[str, Any]) -> None:
    """Each route except the document's own and those that answer 404 for all other addresses."""
    routes = {
        re.sub(r"<str:(\w+)>", r"{\1}", f"/{root.pattern}{each.pattern}")
        for root in api_addresses
        if isinstance(root, URLResolver)
        for each in root.url_patterns
    }
    assert routes - {DOCUMENT} - {f"/{root.pattern}" for root in api_addresses} == set(
        document["paths"]
    )


def test_every_parameter_and_body_has_an_example(document: dict[str, Any]) -> None:
    for said in operations(document):
        for parameter in said["parameters"]:
            assert "example" in parameter, parameter
        for content in said.get("requestBody", {"content": {}})["content"].values():
            assert content["example"]


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    for said in operations(document):
        for content in contents(said):
            judge = OAS31Validator(content["schema"] | {"components": document["components"]})
            examples = [each["value"] for each in content.get("examples", {}).values()]
            for example in examples or [content["example"]]:
                judge.validate(example)


def test_it_has_no_names_that_clash_in_clients(document: dict[str, Any]) -> None:
    """In Go, `NewKey` makes a `Key`, and the members of all enums share one package."""
    schemas = document["components"]["schemas"]
    assert not {f"New{name}" for name in schemas} & set(schemas)
    members = [member for said in schemas.values() for member in said.get("enum", ())]
    assert len(members) == len({member.lower() for member in members})


def test_no_union_has_a_default(document: dict[str, Any]) -> None:
    """Java's generator writes it as a text where an object is due."""
    for said in document["components"]["schemas"].values():
        for field in said.get("properties", {}).values():
            assert not {"anyOf", "default"} <= set(field)
