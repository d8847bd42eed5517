"""What two answers have in common: all but the id of the request, which each has for itself."""

import re
from collections.abc import Mapping
from typing import Protocol

_ID = re.compile(r"[0-9a-f]{32}")


class Answered(Protocol):
    """An answer of Django's test client, or one that came over the wire."""

    @property
    def content(self) -> bytes:
        """The body."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The fields, found in any spelling."""


def body_of(answer: Answered) -> bytes:
    """The body, with a word in place of the request's id."""
    return answer.content.replace(_id_of(answer).encode(), b"ID")


def bytes_of(answer: Answered, *, but: str = "") -> tuple[bytes, dict[str, str]]:
    """Body and header fields but one, with a word in place of the request's id."""
    id_ = _id_of(answer)
    fields = {name: value.replace(id_, "ID") for name, value in answer.headers.items()}
    fields.pop(but, None)
    return body_of(answer), fields


def _id_of(answer: Answered) -> str:
    """The id, which is nothing that anything else in the answer could be taken for."""
    id_ = answer.headers["X-Request-Id"]
    assert _ID.fullmatch(id_), id_
    return id_
