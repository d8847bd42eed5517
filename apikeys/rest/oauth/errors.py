"""Errors as OAuth clients know them: RFC 6749, 5.2."""

from http import HTTPStatus

from django.http import HttpResponse, JsonResponse

from accounts.errors import Refused
from apikeys.codes import Code
from apikeys.rest.problems import ErrorAnswer, Problem, problem_of, status_headers

_ERRORS = {
    HTTPStatus.UNAUTHORIZED: "invalid_client",
    HTTPStatus.FORBIDDEN: "unauthorized_client",
    HTTPStatus.TOO_MANY_REQUESTS: "temporarily_unavailable",
    HTTPStatus.INTERNAL_SERVER_ERROR: "server_error",
    HTTPStatus.SERVICE_UNAVAILABLE: "temporarily_unavailable",
}
"""RFC 6749 has no error for a server that is busy or broken here; these are of its 4.1.2.1."""
_KEPT = frozenset({*_ERRORS, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
"""Statuses that stand as they are; the RFC wants 400 for all others."""


class OAuthError(ErrorAnswer):
    """An error with one of the RFC's own names."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


def oauth_response(error: ErrorAnswer | Refused) -> HttpResponse:
    """Whatever was raised, as RFC 6749 answers it; `error_description` says what to do."""
    if isinstance(error, OAuthError):
        return _json(error.error, error.description, HTTPStatus.BAD_REQUEST, {})
    problem = problem_of(error) if isinstance(error, Refused) else error
    assert isinstance(problem, Problem)  # noqa: S101  # nothing else is raised here
    status = problem.status if problem.status in _KEPT else HTTPStatus.BAD_REQUEST
    details = [each["detail"] for each in problem.members.get("errors", [])]
    description = " ".join(details) or problem.detail
    return _json(_ERRORS.get(status, "invalid_request"), description, status, problem.headers)


def unknown_client() -> Problem:
    """401 for a client that is unknown, revoked, or shows a wrong secret: all alike."""
    return Problem(Code.UNAUTHENTICATED, "The API key was not accepted.")


def _json(
    error: str, description: str, status: HTTPStatus, headers: dict[str, str]
) -> JsonResponse:
    # RFC 6749, 5.2: no quotation marks and no backslashes.
    text = description.replace('"', "'").replace("\\", "/")
    return JsonResponse(
        {"error": error, "error_description": text},
        status=status,
        headers=headers | status_headers(status, challenge='Basic realm="API keys"'),
    )
