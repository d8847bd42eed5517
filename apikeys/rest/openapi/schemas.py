"""The schemas of the OpenAPI document, made of the models of bodies and answers."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from apikeys.rest.answers import Answer
from apikeys.rest.canonical.schemas import KeyChanges, NoContent
from apikeys.rest.operations import Operation
from apikeys.rest.problems import ProblemView
from apikeys.rest.requests import Given, NoBody

type Json = dict[str, Any]

TEMPLATE = "#/components/schemas/{model}"


def reference(model: type[BaseModel]) -> Json:
    """A reference to the model's schema."""
    return {"$ref": TEMPLATE.format(model=schema_name(model))}


def schema_name(model: type[BaseModel]) -> str:
    """What the document, and so generated clients, call it: KeyView is Key."""
    return model.__name__.removesuffix("View")


class _Schema(GenerateJsonSchema):
    """Without a title for each field, which repeats its name; the models' as in `schema_name`."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def normalize_name(self, name: str) -> str:
        return super().normalize_name(name).removesuffix("View")


def schemas(operations: Iterable[Operation[Any]]) -> Json:
    """The schemas of all bodies and answers of `operations`, by the names of their models."""
    wanted: dict[type[BaseModel], Any] = {ProblemView: "serialization"}
    for operation in operations:
        wanted |= {operation.body: "validation", operation.answer: "serialization"}
    for unsent in [model for model in wanted if issubclass(model, NoBody | NoContent)]:
        del wanted[unsent]
    _, schema = models_json_schema(
        sorted(wanted.items(), key=lambda pair: pair[0].__name__),
        ref_template=TEMPLATE,
        schema_generator=_Schema,
    )
    found: Json = schema["$defs"]
    for model in wanted:
        # The default of an answer's field, or of a change's, says nothing: it is then absent.
        without = issubclass(model, Answer | ProblemView | KeyChanges)
        for said in found[schema_name(model)].get("properties", {}).values():
            if without or said.get("default", "") in {"", None}:
                said.pop("default", None)
    for name, said in found.items():
        said |= {"title": name, "description": _unwrapped(said.get("description", name))}
    return found


def properties(query: type[Given]) -> Json:
    """The schemas of a query string's fields."""
    schema = query.model_json_schema(ref_template=TEMPLATE, schema_generator=_Schema)
    found: Json = schema.get("properties", {})
    return found


def _unwrapped(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text)
