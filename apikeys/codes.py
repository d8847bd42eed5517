"""What can be wrong with a request: one table of codes for APIs, access tokens and gateway.

`problem_document` tells a caller about it.
"""

from enum import StrEnum
from http import HTTPStatus
from typing import Any, Self

RETRY_AFTER = 5
"""Seconds after which a caller may try again what was unavailable."""


CHALLENGE = 'Bearer realm="API keys", Basic realm="API keys"'
"""How a credential can be sent, with each 401 (RFC 9110, 11.6.1): in the value of Authorization."""


class Code(StrEnum):
    """What went wrong, with its status and what to do. Stable: callers compare it.

    The OpenAPI document and the documentation page list this table.
    """

    status: HTTPStatus
    meaning: str

    def __new__(
        cls, value: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST, meaning: str = ""
    ) -> Self:
        """A member that is its own text; `Code("not_found")` finds one."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.status = status
        member.meaning = meaning
        return member

    MULTIPLE_CREDENTIALS = (
        "multiple_credentials",
        HTTPStatus.BAD_REQUEST,
        "The request carries two credentials, or one twice. Send exactly one, once.",
    )
    CREDENTIAL_IN_URL = (
        "credential_in_url",
        HTTPStatus.BAD_REQUEST,
        "The address holds a client secret, so it is in somebody's log already. Delete that key, "
        "create a new one, and send its secret in the header api-key.",
    )
    CREDENTIAL_MISSING = (
        "credential_missing",
        HTTPStatus.UNAUTHORIZED,
        "The request carries no credential. Send the client secret in the header api-key.",
    )
    CREDENTIAL_MALFORMED = (
        "credential_malformed",
        HTTPStatus.UNAUTHORIZED,
        "What was sent is no client secret or access token: mistyped, cut off, or in a form that "
        "is not accepted. Compare it with the one you stored.",
    )
    CLIENT_ID_WITHOUT_SECRET = (
        "client_id_without_secret",
        HTTPStatus.UNAUTHORIZED,
        "A client ID was sent in place of the client secret, which was shown once, at creation.",
    )
    WRONG_ENVIRONMENT = (
        "wrong_environment",
        HTTPStatus.UNAUTHORIZED,
        "The client secret belongs to another environment, for example the sandbox.",
    )
    UNAUTHENTICATED = (
        "unauthenticated",
        HTTPStatus.UNAUTHORIZED,
        "The key is unknown, its secret is wrong, or it was deleted; which of these is not told.",
    )
    KEY_EXPIRED = (
        "key_expired",
        HTTPStatus.UNAUTHORIZED,
        "The key has expired. An admin of the account can give it a new expiration.",
    )
    ACCESS_SUSPENDED = (
        "access_suspended",
        HTTPStatus.UNAUTHORIZED,
        "API access of the account is suspended. Ask the account's relationship manager.",
    )
    TOKEN_EXPIRED = (
        "token_expired",
        HTTPStatus.UNAUTHORIZED,
        "The access token has expired. Fetch a new one with the client secret.",
    )
    SIGNATURE_INVALID = (
        "signature_invalid",
        HTTPStatus.UNAUTHORIZED,
        "The request's signature is not one that is taken, or does not fit: the detail says which.",
    )
    SIGNATURE_EXPIRED = (
        "signature_expired",
        HTTPStatus.UNAUTHORIZED,
        "The signature is too old, or the client's clock is ahead. Sign the request anew.",
    )
    NONCE_REUSED = (
        "nonce_reused",
        HTTPStatus.UNAUTHORIZED,
        "The signature's nonce was used before. Choose a new one for each request.",
    )
    PERMISSION_DENIED = (
        "permission_denied",
        HTTPStatus.FORBIDDEN,
        "The key's role lacks the permission that the answer names in permission. Use a key "
        "whose role has it, or ask an admin to give this key another role. An access token lacks "
        "some permissions of its key: send the client secret itself.",
    )
    ACCESS_NOT_ENABLED = (
        "access_not_enabled",
        HTTPStatus.FORBIDDEN,
        "API access is not enabled for the account, so it cannot have keys.",
    )
    HTTPS_REQUIRED = (
        "https_required",
        HTTPStatus.FORBIDDEN,
        "The request came without TLS, so others could read it on its way. Use https. If it held a "
        "client secret, delete that key and create a new one.",
    )
    GATEWAY_UNTRUSTED = (
        "gateway_untrusted",
        HTTPStatus.FORBIDDEN,
        "The check did not come from a gateway that is configured as trusted "
        "(GATEWAY_TRUSTED_ADDRESSES). This is for the platform to mend.",
    )
    GATEWAY_UNCLEAR = (
        "gateway_unclear",
        HTTPStatus.FORBIDDEN,
        "The gateway did not say, exactly once, what was asked for. Its configuration does not "
        "fit GATEWAY_FAMILY. This is for the platform to mend.",
    )
    UPGRADE_REFUSED = (
        "upgrade_refused",
        HTTPStatus.FORBIDDEN,
        "The request asks to change the protocol (Upgrade), for example to a WebSocket, and this "
        "path is not open for that. Send it as plain HTTP, without Upgrade. The platform can open "
        "a path (GATEWAY_UPGRADE_PATHS).",
    )
    NOT_FOUND = (
        "not_found",
        HTTPStatus.NOT_FOUND,
        "There is nothing at this address, or no such key in the account of the calling key.",
    )
    METHOD_NOT_ALLOWED = (
        "method_not_allowed",
        HTTPStatus.METHOD_NOT_ALLOWED,
        "The address does not take this method; the header Allow lists those it takes.",
    )
    KEY_LIMIT_REACHED = (
        "key_limit_reached",
        HTTPStatus.CONFLICT,
        "The account has as many active keys as it may: limit and active say how many. "
        "Delete one first.",
    )
    KEY_REVOKED = (
        "key_revoked",
        HTTPStatus.CONFLICT,
        "The key was deleted for good and cannot be changed. Create a new one.",
    )
    CONFIRMATION_REQUIRED = (
        "confirmation_required",
        HTTPStatus.CONFLICT,
        "The key would delete itself. Add ?confirm=self if that is meant.",
    )
    IDEMPOTENCY_CONFLICT = (
        "idempotency_conflict",
        HTTPStatus.CONFLICT,
        "409: the first request with this Idempotency-Key is still running; repeat in a moment. "
        "422: this Idempotency-Key was sent before with another body; use a new one.",
    )
    PRECONDITION_FAILED = (
        "precondition_failed",
        HTTPStatus.PRECONDITION_FAILED,
        "Somebody changed the key since it was read. Read it again, then repeat the change with "
        "its new ETag.",
    )
    BODY_TOO_LARGE = (
        "body_too_large",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The body is longer than any request needs; the answer says how much it may be.",
    )
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported_media_type",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Send the body as application/json in UTF-8, without a Content-Encoding.",
    )
    VALIDATION_FAILED = (
        "validation_failed",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Fields of the body, query or headers are not acceptable: errors names each with what "
        "to do.",
    )
    RATE_LIMITED = (
        "rate_limited",
        HTTPStatus.TOO_MANY_REQUESTS,
        "The key made more requests or changes than it may, or, at the gateway, too many bad "
        "credentials came from its address. Wait as many seconds as Retry-After says.",
    )
    OUTCOME_UNKNOWN = (
        "outcome_unknown",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database did not confirm the change. Look whether it happened before you repeat it.",
    )
    BUSY = (
        "busy",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Somebody else is changing the same account or key right now, and it takes long. Nothing "
        "was changed. Repeat the request in a moment.",
    )
    UNAVAILABLE = (
        "unavailable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Nothing was changed. Repeat the request after as many seconds as Retry-After says.",
    )


def problem_document(
    code: Code, status: HTTPStatus, detail: str, *, request_id: str, docs_url: str, **members: Any
) -> dict[str, Any]:
    """The body of a refusal, by RFC 9457; `members` are the code's own facts (3.2).

    `instance` is made of the request's id, not of its path: a key of another tenant and one that
    never was must answer the same. `docs_url` is the documentation page, which explains each code.
    """
    return {
        "type": f"{docs_url}#error-{code}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "instance": f"urn:request:{request_id}",
        "code": str(code),
        "request_id": request_id,
        **members,
    }
