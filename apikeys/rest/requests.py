"""From bytes to a checked model: bodies and queries, strictly.

Python's parsers are lenient where an API must not be: they take the last of two equal names,
recurse as deep as the sender likes, and let through text that the database cannot hold.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest
from pydantic import BaseModel, ConfigDict, ValidationError

from apikeys.codes import Code
from apikeys.rest.problems import InvalidFields, Problem

BODY_MAX = 16 * 1024
"""Bytes of a body: four times what the longest key takes with every character escaped."""
DEPTH_MAX = 8
"""Levels of objects and arrays in a body."""
QUERY_FIELDS_MAX = 20
"""Parameters in a query string."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""A JSON string, or the rest of the text if it never ends; possessive, so in linear time."""
_CODES = {"missing": "missing", "extra_forbidden": "unknown_field"}
_SENTENCES = {"missing": "This is required.", "extra_forbidden": "There is no such field here."}


class Given(BaseModel):
    """What a caller gave: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NoQuery(Given):
    """The query string of an operation that takes no parameters."""


class NoBody(Given):
    """The body of an operation that takes none. Some clients send `{}` all the same.

    The fields of a subclass are read where clients repeat there what the address says; the
    documentation does not name them.
    """


def read_query[Q: Given](request: HttpRequest, model: type[Q]) -> Q:
    """The query string as `model`. Raises `InvalidFields`; a parameter sent twice is refused."""
    raw = request.META.get("QUERY_STRING", "")
    try:
        if not raw.isascii():
            raise ValueError
        pairs = parse_qsl(
            raw, keep_blank_values=True, errors="strict", max_num_fields=QUERY_FIELDS_MAX
        )
    except ValueError:
        raise InvalidFields(
            ("", "malformed", "The query string is not percent-encoded UTF-8, or too long.")
        ) from None
    given = _unique(pairs)
    # A client that leaves a parameter of ours empty means that it has nothing to say there.
    return _checked(
        {name: value for name, value in given.items() if value or name not in model.model_fields},
        model,
    )


def read_body[B: Given](request: HttpRequest, model: type[B]) -> B:
    """The JSON body as `model`. Raises `Problem` for its type or size, else `InvalidFields`."""
    if issubclass(model, NoBody):
        if _says_nothing(body_of(request)):
            return model()
        if not model.model_fields:
            raise InvalidFields(("", "unexpected_body", "This request takes no body."))
    refuse_encoded(request)
    if not _is_json(request):
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json in UTF-8.")
    document = parse_json(body_of(request))
    if not isinstance(document, dict):
        raise InvalidFields(("", "not_an_object", "The body must be a JSON object."))
    return _checked(document, model)


def _says_nothing(body: bytes) -> bool:
    try:
        return not body.strip() or parse_json(body) == {}
    except InvalidFields:
        return False


def parse_json(body: bytes) -> Any:
    """`body` as RFC 8259 JSON in UTF-8, not too deep and without repeated names.

    Raises `InvalidFields`.
    """
    try:
        text = body.decode("utf-8-sig")  # RFC 8259, 8.1: a byte order mark may be ignored
        if _depth(text) > DEPTH_MAX:
            raise InvalidFields(("", "too_deep", f"Nest at most {DEPTH_MAX} levels."))
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except ValueError:  # also for UTF-8 that is none, and for numbers of thousands of digits
        raise InvalidFields(("", "malformed", "The body is no JSON in UTF-8.")) from None


def _checked[M: Given](document: dict[str, Any], model: type[M]) -> M:
    for name, value in document.items():
        if not all(map(_storable, _texts([name, value]))):
            raise InvalidFields((name, "invalid_text", "Remove NUL and unpaired surrogates."))
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidFields(
            *(
                (
                    ".".join(map(str, found["loc"])),
                    _CODES.get(found["type"], "invalid"),
                    _SENTENCES.get(found["type"], f"{found['msg'].rstrip('.')}."),
                )
                for found in error.errors(
                    include_url=False, include_context=False, include_input=False
                )
            )
        ) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, value in pairs:
        if name in document:
            raise InvalidFields((name, "repeated", "This is given twice."))
        document[name] = value
    return document


def _storable(text: str) -> bool:
    """Whether PostgreSQL can hold `text`, and UTF-8 can carry it back."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _texts(document: Any) -> Iterator[str]:
    """Every string in `document`, names included."""
    match document:
        case str():
            yield document
        case list():
            for item in document:
                yield from _texts(item)
        case dict():
            for name, value in document.items():
                yield name
                yield from _texts(value)


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)  # JSON has no NaN and no Infinity


def _depth(text: str) -> int:
    """The deepest nesting of brackets outside of strings, before any parser recurses."""
    depth = deepest = 0
    for character in _STRING.sub("", text):
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def body_of(request: HttpRequest) -> bytes:
    """The whole body. Raises `Problem` for more than BODY_MAX bytes.

    The server has read it, and says with Content-Length how long it is, also of one that came in
    chunks; one that is far too long it has not read.
    """
    length = _content_length(request)
    if length > BODY_MAX:
        raise Problem(Code.BODY_TOO_LARGE, f"A body may have up to {BODY_MAX} bytes.")
    return request.body if length else b""


def _content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0  # as Django reads it


def _is_json(request: HttpRequest) -> bool:
    charset = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
    return request.content_type == "application/json" and charset.lower() in {"utf-8", "utf8"}


def refuse_encoded(request: HttpRequest) -> None:
    """Raise `Problem` for a body that is compressed; `identity` says that it is not."""
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        shown = encoding if re.fullmatch(r"[a-z0-9, -]{1,40}", encoding) else "this encoding"
        raise Problem(
            Code.UNSUPPORTED_MEDIA_TYPE,
            f"Send the body without Content-Encoding: {shown} is not read here.",
        )
