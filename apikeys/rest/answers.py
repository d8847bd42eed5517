"""What operations answer, and how it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self

from django.http import HttpResponse
from pydantic import BaseModel


class Answer(BaseModel):
    """What a caller gets. A field that was not set is absent, which is not the same as null."""

    def as_json(self) -> str:
        """The answer as it is sent."""
        return self.model_dump_json(exclude_unset=True)

    def as_replayed(self) -> Self:
        """What a repetition of the request hears."""
        return self


@dataclass(frozen=True, slots=True)
class Reply[A: Answer]:
    """What an operation answers; without content when there is nothing to say.

    Text is its JSON, ready to be sent.
    """

    content: A | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, status: HTTPStatus) -> HttpResponse:
        """The reply as it is sent. Without content it has no Content-Type either."""
        content = self.content.as_json() if isinstance(self.content, Answer) else self.content
        response = HttpResponse(
            content or b"", "application/json", status=status, headers=dict(self.headers)
        )
        if content is None:
            del response["Content-Type"]
        return response
