"""Errors of the canonical API: RFC 9457 problems."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from pydantic import BaseModel, Field

from accounts import request_context
from accounts.errors import Invalid, Refused, TooMany
from apikeys.codes import CHALLENGE, RETRY_AFTER, Code, problem_document

ERRORS_MAX = 20
"""Field errors in one answer: a body of small mistakes must not become a large answer."""


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str = Field(
        description="A field's, a parameter's or a header's name; empty for the whole body."
    )
    code: str
    detail: str = Field(description="What to do, for people.")


class ProblemView(BaseModel):
    """An error, by RFC 9457. Compare `code`; `detail` is for people."""

    type: str = Field(description="The address of the code's section on the documentation page.")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What happened and what to do, for people.")
    instance: str = Field(description="This one request.")
    code: Code = Field(description="What went wrong. Stable: compare this.")
    request_id: str = Field(description="Quote it when you ask us.")
    errors: list[FieldError] = Field(default=[], description="With validation_failed.")
    permission: str = Field(default="", description="The missing one, with permission_denied.")
    role: str | None = Field(default=None, description="The key's, with permission_denied.")
    limit: int = Field(default=0, description="With key_limit_reached.")
    active: int = Field(default=0, description="With key_limit_reached.")
    state: str = Field(default="", description="Of API access, with access_not_enabled.")


def status_headers(status: HTTPStatus, challenge: str = CHALLENGE) -> dict[str, str]:
    """What an error of this status must say in headers (RFC 9110, 11.6.1 and 10.2.3)."""
    headers = {"Cache-Control": "no-store"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = challenge
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER)
    return headers


class ErrorAnswer(Exception):
    """An answer that is an error: raised anywhere below an endpoint, which sends it."""


class Problem(ErrorAnswer):
    """An error of the canonical API.

    `detail` says what to do next; without it the code's meaning does. `members` are the code's
    own facts (RFC 9457, 3.2).
    """

    def __init__(
        self,
        code: Code,
        detail: str = "",
        *,
        status: HTTPStatus | None = None,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail or code.meaning
        self.status = status or code.status
        self.headers = headers or {}
        self.members = members

    def response(self) -> JsonResponse:
        """The problem as an `application/problem+json` answer that nobody may store."""
        document = problem_document(
            self.code,
            self.status,
            self.detail,
            request_id=request_context.current().request_id,
            docs_url=f"{settings.PORTAL_URL}/docs/",
            **self.members,
        )
        return JsonResponse(
            document,
            status=self.status,
            content_type="application/problem+json",
            headers=self.headers | status_headers(self.status),
        )


class InvalidFields(Problem):
    """Fields of the body or query that are not acceptable, as (field, code, detail)."""

    def __init__(self, *errors: tuple[str, str, str]) -> None:
        super().__init__(
            Code.VALIDATION_FAILED,
            "Correct what the errors name, then repeat the request.",
            errors=[
                {"field": field, "code": code, "detail": detail}
                for field, code, detail in errors[:ERRORS_MAX]
            ],
        )


def problem_response(error: ErrorAnswer | Refused) -> HttpResponse:
    """Whatever was raised, as the canonical API answers it."""
    problem = problem_of(error) if isinstance(error, Refused) else error
    assert isinstance(problem, Problem)  # noqa: S101  # nothing else is raised here
    return problem.response()


def problem_of(refusal: Refused) -> Problem:
    """What a verb refused, in the form of this API; the rule and its words are the verb's."""
    if isinstance(refusal, Invalid):
        return InvalidFields(
            *((field, "invalid", detail) for field, detail in refusal.errors.items())
        )
    wait = {"Retry-After": str(refusal.retry_after)} if isinstance(refusal, TooMany) else None
    return Problem(Code(refusal.code), refusal.message, headers=wait, **refusal.facts)
