"""Errors of the merchant API: Hyperswitch's envelope and codes (contract, section 2).

The rules and their words are the verbs' and the strict parser's; here they only get the form
that Hyperswitch's clients know.
"""

from collections.abc import Iterable
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Self

from django.http import HttpResponse, JsonResponse

from accounts.errors import GrantRefused, Invalid, PermissionRefused, Refused, TooMany
from apikeys.errors import ActorEnded, KeyRevoked
from apikeys.proof.decide import PepperMissing
from apikeys.proof.exposed_secrets import HttpsRequired, SecretInUrl
from apikeys.rest.problems import ErrorAnswer, Problem, problem_of, status_headers

NO_SUCH_KEY = "API Key does not exist in our records"
NO_SUCH_MERCHANT = "Merchant account does not exist in our records"
NOT_THE_CALLER = "API key not provided or invalid API key used"
FORBIDDEN = "Access forbidden. Not authorized to access this resource api_keys."
NO_SUCH_ADDRESS = "Unrecognized request URL"
NO_SUCH_METHOD = "The HTTP method is not applicable for this API"


class FaultCode(StrEnum):
    """What went wrong, with its status, by Hyperswitch's numbers."""

    status: HTTPStatus

    def __new__(cls, value: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Self:
        """A member that is its own text and knows its status."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.status = status
        return member

    BROKEN = "HE_00", HTTPStatus.INTERNAL_SERVER_ERROR
    NOT_FOUND = "HE_02", HTTPStatus.NOT_FOUND
    UNAUTHORIZED = "IR_01", HTTPStatus.UNAUTHORIZED
    UNKNOWN_ADDRESS = "IR_02", HTTPStatus.NOT_FOUND
    UNKNOWN_METHOD = "IR_03", HTTPStatus.METHOD_NOT_ALLOWED
    BAD_REQUEST = "IR_06", HTTPStatus.BAD_REQUEST
    PRECONDITION = "IR_16", HTTPStatus.BAD_REQUEST
    FORBIDDEN = "IR_22", HTTPStatus.FORBIDDEN


_CODES = {
    HTTPStatus.UNAUTHORIZED: (FaultCode.UNAUTHORIZED, NOT_THE_CALLER),
    HTTPStatus.FORBIDDEN: (FaultCode.FORBIDDEN, FORBIDDEN),
    HTTPStatus.NOT_FOUND: (FaultCode.UNKNOWN_ADDRESS, NO_SUCH_ADDRESS),
    HTTPStatus.METHOD_NOT_ALLOWED: (FaultCode.UNKNOWN_METHOD, NO_SUCH_METHOD),
}
"""The code and words for a problem's status; all others are bad requests in their own words."""
_STATUSES = {
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNPROCESSABLE_ENTITY: HTTPStatus.BAD_REQUEST,
}
"""What the canonical API tells apart and Hyperswitch does not."""


class Fault(ErrorAnswer):
    """An error of this API."""

    def __init__(
        self,
        code: FaultCode,
        message: str,
        *,
        status: HTTPStatus | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status or code.status
        self.headers = headers or {}

    def response(self) -> JsonResponse:
        """The envelope. A bad request has `error_type` where all others have `type`."""
        name = "error_type" if self.code == FaultCode.BAD_REQUEST else "type"
        kind = "api" if self.code == FaultCode.BROKEN else "invalid_request"
        return JsonResponse(
            {"error": {name: kind, "message": self.message, "code": str(self.code)}},
            status=self.status,
            headers=self.headers | status_headers(self.status),
        )


def unauthorized() -> Fault:
    """401, in the same words for whatever does not make this merchant's caller."""
    return Fault(FaultCode.UNAUTHORIZED, NOT_THE_CALLER)


def no_such_key() -> Fault:
    """404 for a key that is unknown, revoked, or another merchant's."""
    return Fault(FaultCode.NOT_FOUND, NO_SUCH_KEY)


def fault_response(error: ErrorAnswer | Refused) -> HttpResponse:
    """Whatever was raised, as this API answers it."""
    if isinstance(error, Fault):
        return error.response()
    assert isinstance(error, Problem | Refused)  # noqa: S101  # nothing else is raised here
    return fault_of(error).response()


def fault_of(error: Problem | Refused) -> Fault:
    """What the strict parser or a verb refused, in this API's form."""
    return _of_refusal(error) if isinstance(error, Refused) else _of_problem(error)


def _of_refusal(refusal: Refused) -> Fault:
    match refusal:
        case ActorEnded():
            return unauthorized()
        case PermissionRefused() | GrantRefused() | HttpsRequired():
            return Fault(FaultCode.FORBIDDEN, f"{FORBIDDEN} {refusal.message}")
        case KeyRevoked():
            return no_such_key()
        case Invalid():
            return Fault(FaultCode.BAD_REQUEST, _listed(refusal.errors.items()))
        case TooMany() | SecretInUrl() | PepperMissing():
            return _of_problem(problem_of(refusal))
        case _:  # the limit, API access: the request is in order, the account is not
            return Fault(FaultCode.PRECONDITION, refusal.message)


def _of_problem(problem: Problem) -> Fault:
    status = _STATUSES.get(problem.status, problem.status)
    code, message = _CODES.get(status, (FaultCode.BAD_REQUEST, ""))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        code = FaultCode.BROKEN
    return Fault(code, message or _words(problem), status=status, headers=problem.headers)


def _words(problem: Problem) -> str:
    errors: list[dict[str, Any]] = problem.members.get("errors", [])
    return _listed((error["field"], error["detail"]) for error in errors) or problem.detail


def _listed(errors: Iterable[tuple[str, str]]) -> str:
    """The one message that this API has for what is wrong field by field."""
    return " ".join(f"{field}: {detail}" if field else detail for field, detail in errors)
