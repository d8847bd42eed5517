"""What a JSON schema says of a field, in the few words that a reader needs."""

import json
import re
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

type Json = dict[str, Any]

_NAMES = re.compile(
    r"`([^`]+)`|(\?confirm=self|\b(?:[a-z]+(?:_[a-z]+)+|api-key|ETag|(?:[A-Z][a-z]+-)+[A-Z][a-z]+)\b)"
)
"""What stands between backquotes, and names of fields, permissions, codes and headers."""


def marked(text: str) -> SafeString:
    """`text` as HTML in which names that one types are code."""
    parts = _NAMES.split(text)
    plain, names = parts[::3], [a or b for a, b in zip(parts[1::3], parts[2::3], strict=True)]
    pairs = zip(plain, names, strict=False)
    pieces = format_html_join("", '{}<code translate="no">{}</code>', pairs)
    return format_html("{}{}", pieces, plain[-1])


@dataclass(frozen=True, slots=True)
class FieldWords:
    """One field or parameter of the reference."""

    name: str
    type: str
    values: tuple[str, ...] = ()
    required: bool = False
    default: str = ""
    description: str = ""


def fields_of(schema: Json, schemas: Json, *, under: str = "") -> list[FieldWords]:
    """The fields of an object, those of small objects inside it with their path."""
    fields: list[FieldWords] = []
    for name, said in schema.get("properties", {}).items():
        path = f"{under}{name}"
        required = name in schema.get("required", ())
        fields.append(field_words(path, said, schemas, required=required))
        inner = _object_in(said, schemas)
        if inner is not None:
            fields += fields_of(inner, schemas, under=f"{path}.")
    return fields


def field_words(name: str, said: Json, schemas: Json, *, required: bool) -> FieldWords:
    """`said`, the schema of one field, in words."""
    default = said.get("default")
    return FieldWords(
        name=name,
        type=_type(said, schemas),
        values=tuple(_values(said, schemas)),
        required=required,
        default="" if default is None else str(default),
        description=marked(said.get("description", "")),
    )


def resolved(said: Json, schemas: Json) -> Json:
    """`said`, or what it refers to."""
    reference = said.get("$ref")
    return schemas[reference.rpartition("/")[2]] if reference else said


def _object_in(said: Json, schemas: Json) -> Json | None:
    """The one object that a field may hold; lists are shown where their items are."""
    for option in said.get("anyOf", [said]):
        found = resolved(option, schemas)
        if found.get("type") == "object":
            return found
    return None


def _type(said: Json, schemas: Json) -> str:
    found = resolved(said, schemas)
    if _values(found, schemas):
        return "one of"
    if "anyOf" in found:
        return " or ".join(dict.fromkeys(_type(option, schemas) for option in found["anyOf"]))
    if "const" in found:
        return json.dumps(found["const"])
    return _simple_type(found, schemas)


def _simple_type(found: Json, schemas: Json) -> str:
    words = str(found.get("format", found["type"])).replace("date-time", "time")
    if "items" in found:
        is_object = resolved(found["items"], schemas).get("type") == "object"
        words = "list of objects" if is_object else "list of names"
    elif "maximum" in found:
        words += f" from {found['minimum']} to {found['maximum']}"
    elif "maxLength" in found:
        words += f", up to {found['maxLength']} characters"
    return words


def _values(said: Json, schemas: Json) -> list[str]:
    """The words that a field may hold, where these are all that it may hold."""
    found = resolved(said, schemas)
    options = [resolved(option, schemas) for option in found.get("anyOf", [found])]
    words = [value for option in options for value in option.get("enum", ())]
    may_be_null = any(option.get("type") == "null" for option in options)
    return [*words, "null"] if words and may_be_null else words
