"""The schemas of the OpenAPI document, made of the models of bodies and answers."""

import re
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from apikeys.key_actor import KeyActor
from apikeys.rest.answers import Answer
from apikeys.rest.canonical.addresses import ADDRESSES
from apikeys.rest.canonical.openapi_parts import Json
from apikeys.rest.canonical.schemas import KeyChanges, NoContent
from apikeys.rest.operations import Operation
from apikeys.rest.problems import ProblemView
from apikeys.rest.requests import NoBody


def reference(model: type[BaseModel]) -> Json:
    """A reference to the model's schema."""
    return {"$ref": f"#/components/schemas/{schema_name(model)}"}


def schema_name(model: type[BaseModel]) -> str:
    """What the document, and so generated clients, call it: KeyView is Key."""
    return model.__name__.removesuffix("View")


class _Schema(GenerateJsonSchema):
    """Without a title for each field, which repeats its name; the models' as in `schema_name`."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def normalize_name(self, name: str) -> str:
        return super().normalize_name(name).removesuffix("View")


def schemas() -> Json:
    """The schemas of all bodies and answers, by the names of their models."""
    only_parameters = {schema_name(operation.query) for operation in _operations()}
    unsent = {schema_name(NoBody), schema_name(NoContent)}
    return {
        name: said for name, said in all_schemas().items() if name not in only_parameters | unsent
    }


@cache
def all_schemas() -> Json:
    """The same, with those of the query strings, whose fields are parameters."""
    wanted: dict[type[BaseModel], Any] = {ProblemView: "serialization"}
    for operation in _operations():
        wanted[operation.query] = wanted[operation.body] = "validation"
        wanted[operation.answer] = "serialization"
    _, schema = models_json_schema(
        sorted(wanted.items(), key=lambda pair: pair[0].__name__),
        ref_template="#/components/schemas/{model}",
        schema_generator=_Schema,
    )
    found: Json = schema["$defs"]
    for model in wanted:
        # The default of an answer's field, or of a change's, says nothing: it is then absent.
        without = issubclass(model, Answer | ProblemView | KeyChanges)
        for said in found[schema_name(model)].get("properties", {}).values():
            if without or said.get("default") == "":
                said.pop("default", None)
    for name, said in found.items():
        said |= {"title": name, "description": _unwrapped(said.get("description", name))}
    return found


def _operations() -> list[Operation[KeyActor]]:
    return [operation for each in ADDRESSES for operation in each.operations]


def _unwrapped(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text)
