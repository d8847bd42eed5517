"""Errors of the canonical API: RFC 9457 problems, and the one table of their codes."""

from enum import StrEnum
from http import HTTPStatus
from typing import Any, Self

from django.conf import settings
from django.http import JsonResponse

from accounts import request_context
from accounts.errors import Invalid, Refused

RETRY_AFTER = 5
"""Seconds after which a caller may try again what was unavailable."""
ERRORS_MAX = 20
"""Field errors in one answer: a body of small mistakes must not become a large answer."""


class Code(StrEnum):
    """What went wrong, with its status. Stable: callers compare it, the documentation lists it."""

    status: HTTPStatus

    def __new__(cls, value: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Self:
        """A member that is its own text and knows its status; `Code("not_found")` finds one."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.status = status
        return member

    MULTIPLE_CREDENTIALS = "multiple_credentials", HTTPStatus.BAD_REQUEST
    CREDENTIAL_IN_URL = "credential_in_url", HTTPStatus.BAD_REQUEST
    CREDENTIAL_MISSING = "credential_missing", HTTPStatus.UNAUTHORIZED
    CREDENTIAL_MALFORMED = "credential_malformed", HTTPStatus.UNAUTHORIZED
    CLIENT_ID_WITHOUT_SECRET = "client_id_without_secret", HTTPStatus.UNAUTHORIZED
    WRONG_ENVIRONMENT = "wrong_environment", HTTPStatus.UNAUTHORIZED
    UNAUTHENTICATED = "unauthenticated", HTTPStatus.UNAUTHORIZED
    KEY_EXPIRED = "key_expired", HTTPStatus.UNAUTHORIZED
    ACCESS_SUSPENDED = "access_suspended", HTTPStatus.UNAUTHORIZED
    PERMISSION_DENIED = "permission_denied", HTTPStatus.FORBIDDEN
    ACCESS_NOT_ENABLED = "access_not_enabled", HTTPStatus.FORBIDDEN
    NOT_FOUND = "not_found", HTTPStatus.NOT_FOUND
    METHOD_NOT_ALLOWED = "method_not_allowed", HTTPStatus.METHOD_NOT_ALLOWED
    KEY_LIMIT_REACHED = "key_limit_reached", HTTPStatus.CONFLICT
    KEY_REVOKED = "key_revoked", HTTPStatus.CONFLICT
    CONFIRMATION_REQUIRED = "confirmation_required", HTTPStatus.CONFLICT
    PRECONDITION_FAILED = "precondition_failed", HTTPStatus.PRECONDITION_FAILED
    BODY_TOO_LARGE = "body_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    VALIDATION_FAILED = "validation_failed", HTTPStatus.UNPROCESSABLE_ENTITY
    OUTCOME_UNKNOWN = "outcome_unknown", HTTPStatus.SERVICE_UNAVAILABLE
    UNAVAILABLE = "unavailable", HTTPStatus.SERVICE_UNAVAILABLE


class Problem(Exception):
    """An answer that is an error: raised anywhere below an endpoint, which sends it.

    `detail` says what to do next; `members` are the code's own facts (RFC 9457, 3.2).
    """

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        status: HTTPStatus | None = None,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.status = status or code.status
        self.headers = headers or {}
        self.members = members

    def response(self) -> JsonResponse:
        """The problem as an `application/problem+json` answer that nobody may store.

        `instance` is made of the request's id, not of its path: a key of another tenant and
        one that never was must answer the same.
        """
        request_id = request_context.current().request_id
        response = JsonResponse(
            {
                "type": f"{settings.PORTAL_URL}/docs/#error-{self.code}",
                "title": self.status.phrase,
                "status": int(self.status),
                "detail": self.detail,
                "instance": f"urn:request:{request_id}",
                "code": str(self.code),
                "request_id": request_id,
                **self.members,
            },
            status=self.status,
            content_type="application/problem+json",
            headers={"Cache-Control": "no-store"} | self.headers,
        )
        if self.status == HTTPStatus.UNAUTHORIZED:
            # Basic is accepted too, but naming it makes browsers ask for a password.
            response["WWW-Authenticate"] = 'Bearer realm="API keys"'
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            response["Retry-After"] = str(RETRY_AFTER)
        return response


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


def problem_of(refusal: Refused) -> Problem:
    """What a verb refused, in the form of this API; the rule and its words are the verb's."""
    if isinstance(refusal, Invalid):
        return InvalidFields(
            *((field, "invalid", detail) for field, detail in refusal.errors.items())
        )
    return Problem(Code(refusal.code), refusal.message, **refusal.facts)
