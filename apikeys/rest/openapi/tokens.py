"""The part of the OpenAPI document that describes access tokens."""

import json
from http import HTTPStatus
from typing import Any

from apikeys.codes import Code
from apikeys.rest.canonical.examples import CLIENT_ID, KEY, SECRET
from apikeys.rest.oauth.errors import OAuthError, oauth_response
from apikeys.rest.oauth.forms import MEDIA_TYPE
from apikeys.rest.openapi.canonical import problems
from apikeys.rest.openapi.parts import error_headers, success_headers
from apikeys.rest.openapi.schemas import Json
from apikeys.rest.problems import ErrorAnswer, Problem
from apikeys.rest.routes import HUBPAY_ROOT, OAUTH_ROOT

TAG = "Access tokens"

_REFUSED = (
    Code.MULTIPLE_CREDENTIALS,
    Code.CREDENTIAL_IN_URL,
    Code.CREDENTIAL_MISSING,
    Code.CREDENTIAL_MALFORMED,
    Code.WRONG_ENVIRONMENT,
    Code.UNAUTHENTICATED,
    Code.KEY_EXPIRED,
    Code.ACCESS_SUSPENDED,
    Code.HTTPS_REQUIRED,
    Code.BODY_TOO_LARGE,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.VALIDATION_FAILED,
    Code.RATE_LIMITED,
    Code.BUSY,
    Code.UNAVAILABLE,
)
"""How a request for a token can be refused, by the canonical API's codes."""


def _object(name: str, description: str, required: list[str], **properties: Json) -> Json:
    said = {"type": "object", "description": description, "required": required}
    return {name: {"title": name} | said | {"properties": properties}}


def _text(description: str) -> Json:
    return {"type": "string", "description": description}


_ID, _SECRET = _text("The key's client ID."), _text("The key's client secret.")
_CLIENT = {"client_id": _ID, "client_secret": _SECRET}
SCHEMAS: Json = {
    **_object(
        "TokenForm",
        "Asks for an access token. The client may come by HTTP Basic instead.",
        ["grant_type"],
        grant_type={"type": "string", "const": "client_credentials"},
        scope=_text("What the token is wanted for; the answer says what it is good for."),
        **_CLIENT,
    ),
    **_object(
        "HubpayClient",
        "The client, as Hubpay's clients name it.",
        ["clientId", "clientSecret"],
        clientId=_ID,
        clientSecret=_SECRET,
    ),
    **_object(
        "AccessToken",
        "An access token.",
        ["access_token", "token_type", "expires_in", "scope"],
        access_token=_text("Send it as `Authorization: Bearer`."),
        token_type={"type": "string", "const": "Bearer"},
        expires_in={"type": "integer", "description": "Seconds until it ends."},
        scope=_text("The role of the token's key."),
    ),
    **_object(
        "IntrospectionForm",
        "Names the token. The caller shows its credential in a header, or here.",
        ["token"],
        token=_text("The access token to ask about."),
        **_CLIENT,
    ),
    **_object(
        "Introspection",
        "What a token is good for at this moment; of one that does not pass, only `active`.",
        ["active"],
        active={"type": "boolean", "description": "Whether the token passes now."},
        client_id=_text("The client ID of the token's key."),
        sub=_text("The same."),
        tenant_id=_text("The account that the key belongs to."),
        role=_text("What the key may do."),
        scope=_text("The same."),
        token_type={"type": "string", "const": "Bearer"},
        exp={"type": "integer", "description": "When it ends, in seconds since 1970."},
    ),
    **_object(
        "OAuthError",
        "An error by RFC 6749, 5.2.",
        ["error", "error_description"],
        error=_text("What went wrong. Compare this."),
        error_description=_text("What to do, for people."),
    ),
}

_FORM_CLIENT = {"client_id": CLIENT_ID, "client_secret": SECRET}
_TOKEN = "EXAMPLE.access-token"  # noqa: S105  # no token has this form
_EXAMPLES: dict[str, Json] = {
    "TokenForm": {"grant_type": "client_credentials"} | _FORM_CLIENT,
    "HubpayClient": {"clientId": CLIENT_ID, "clientSecret": SECRET},
    "AccessToken": {
        "access_token": _TOKEN,
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "viewer",
    },
    "IntrospectionForm": {"token": _TOKEN},
    "Introspection": {
        "active": True,
        "client_id": CLIENT_ID,
        "sub": CLIENT_ID,
        "tenant_id": KEY["tenant_id"],
        "role": "viewer",
        "scope": "viewer",
        "token_type": "Bearer",
        "exp": 1_795_000_000,
    },
}


def paths() -> Json:
    """The paths at which tokens are fetched and asked about."""
    return {
        f"{OAUTH_ROOT}token": _post(
            "fetch_token",
            "Fetch an access token",
            "It is for the key whose client ID and client secret come in the form, or by HTTP "
            "Basic (RFC 6749, 4.4).",
            body=(MEDIA_TYPE, "TokenForm"),
            answer="AccessToken",
            errors=_oauth_errors(
                *map(Problem, _REFUSED),
                OAuthError("unsupported_grant_type", "Only client_credentials is supported here."),
            ),
            security=[],
        ),
        f"{OAUTH_ROOT}introspect": _post(
            "introspect_token",
            "Ask about an access token",
            "An admin key learns of its own account's tokens, a platform key of all (RFC 7662).",
            body=(MEDIA_TYPE, "IntrospectionForm"),
            answer="Introspection",
            errors=_oauth_errors(*map(Problem, (*_REFUSED, Code.PERMISSION_DENIED))),
        ),
        f"{HUBPAY_ROOT}token": _post(
            "fetch_token_for_hubpay",
            "Fetch an access token with JSON",
            "The same as `/oauth/token`, as Hubpay's clients ask for it.",
            body=("application/json", "HubpayClient"),
            answer="AccessToken",
            errors=problems(_REFUSED),
            security=[],
        ),
    }


def _post(  # noqa: PLR0913  # it is all of these
    name: str,
    summary: str,
    description: str,
    *,
    body: tuple[str, str],
    answer: str,
    errors: Json,
    **more: Any,
) -> Json:
    media_type, given = body
    success = {
        "description": SCHEMAS[answer]["description"],
        "headers": success_headers(),
        "content": _content("application/json", answer),
    }
    said = {
        "operationId": name,
        "tags": [TAG],
        "summary": summary,
        "description": description,
        "requestBody": {"required": True, "content": _content(media_type, given)},
        "responses": {"200": success} | errors,
    }
    return {"post": said | more}


def _content(media_type: str, name: str) -> Json:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {media_type: {"schema": schema, "example": _EXAMPLES[name]}}


def _oauth_errors(*errors: ErrorAnswer) -> Json:
    """The refusals by status, each as `/oauth/` itself writes it."""
    responses: Json = {}
    for error in errors:
        answer = oauth_response(error)
        value = json.loads(answer.content)
        said = responses.setdefault(
            str(answer.status_code),
            {
                "description": "",
                "headers": error_headers(HTTPStatus(answer.status_code)),
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/OAuthError"},
                        "examples": {},
                    }
                },
            },
        )
        words = value["error_description"]
        said["description"] = f"{said['description']} {words}".strip()
        said["content"]["application/json"]["examples"][str(error)] = {"value": value}
    return dict(sorted(responses.items()))
