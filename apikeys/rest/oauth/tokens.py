"""Fetching an access token: client credentials (RFC 6749, 4.4), and Hubpay's form of the same."""

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import Field

from accounts import request_context
from apikeys.codes import Code
from apikeys.credentials import BadCredential, ClientSecret, parse_client_secret
from apikeys.models import ApiKey
from apikeys.proof.headers import headers_of
from apikeys.proof.presented import NOT_PLAIN, Flawed, Given, given, presented
from apikeys.proof.tokens import LIFETIME, issue_token
from apikeys.proof.verify import Denied, verify_secret
from apikeys.rest import requests
from apikeys.rest.frame import count, rest_view, wrong_method
from apikeys.rest.oauth.errors import OAuthError, oauth_response, unknown_client
from apikeys.rest.oauth.forms import read_form
from apikeys.rest.problems import Problem, problem_response
from apikeys.services.peppers import configured_peppers, configured_prefix

log = structlog.get_logger(__name__)


class _HubpayClient(requests.Given):
    """The body of Hubpay's form."""

    client_id: str = Field(alias="clientId")
    client_secret: str = Field(alias="clientSecret")


@rest_view(oauth_response)
def oauth_token(request: HttpRequest, headers: dict[str, str]) -> HttpResponse:
    """POST /oauth/token: a token for the key whose client ID and secret come with it.

    By HTTP Basic, or in the form as `client_id` and `client_secret`; never both.
    """
    require_post(request)
    form = read_form(request)
    grant = form.get("grant_type")
    if grant is None:
        raise OAuthError("invalid_request", "Send grant_type=client_credentials.")
    if grant != "client_credentials":
        raise OAuthError("unsupported_grant_type", "Only client_credentials is supported here.")
    return _answer(headers, _oauth_client(request, form))


@rest_view(problem_response)
def hubpay_token(request: HttpRequest, headers: dict[str, str]) -> HttpResponse:
    """POST /auth/token: the same from a JSON body, with problems as errors."""
    require_post(request)
    if _in_headers(_given(request)):
        raise Problem(Code.MULTIPLE_CREDENTIALS)
    body = requests.read_body(request, _HubpayClient)
    return _answer(headers, _pair(body.client_id, body.client_secret))


def _answer(headers: dict[str, str], secret: ClientSecret) -> HttpResponse:
    outcome = verify_secret(secret, address=request_context.current().address)
    if isinstance(outcome, Denied):
        log.info("credential_refused", code=outcome.reason)
        raise (
            unknown_client() if outcome.reason == Code.UNAUTHENTICATED else Problem(outcome.reason)
        )
    key = outcome.key
    count(key.client_id, headers)
    # RFC 6749, 5.1 demands both this and Cache-Control.
    return JsonResponse(_token(key), headers={"Pragma": "no-cache"})


def _token(key: ApiKey) -> dict[str, Any]:
    """The answer. Its scope is the key's role, whatever was asked for (RFC 6749, 3.3)."""
    now = int(key.checked_at.timestamp())  # type: ignore[attr-defined]  # annotated by verify_secret
    # No token outlives its key.
    left = int(key.expires_at.timestamp()) - now if key.expires_at else LIFETIME
    lifetime = min(left, LIFETIME)
    token = issue_token(key.client_id, now, configured_peppers(), lifetime=lifetime)
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": lifetime,
        "scope": key.role,
    }


def client_in_form(request: HttpRequest, form: dict[str, str]) -> ClientSecret | None:
    """The client that a form names by ID and secret (RFC 6749, 2.3.1); None if it shows no secret.

    Raises `Problem` if it is none, and for a second credential in a header.
    """
    if "client_secret" not in form:
        return None
    if _in_headers(_given(request)):
        raise Problem(Code.MULTIPLE_CREDENTIALS)
    return _pair(form.get("client_id", ""), form["client_secret"])


def _oauth_client(request: HttpRequest, form: dict[str, str]) -> ClientSecret:
    secret = client_in_form(request, form)
    if secret is not None:
        return secret
    found = _given(request)
    if "client_id" in form and not _in_headers(found):
        raise Problem(Code.CREDENTIAL_MISSING, "The client secret is missing.")
    secret = _from_basic(found)
    if form.get("client_id", secret.client_id) != secret.client_id:
        raise Problem(Code.CREDENTIAL_MALFORMED, "The form names another client than the header.")
    return secret


def _given(request: HttpRequest) -> Given:
    return given(headers_of((name.lower(), value) for name, value in request.headers.items()))


def _in_headers(found: Given) -> bool:
    return bool(found.secrets or found.authorizations)


def _from_basic(found: Given) -> ClientSecret:
    if not any(each.lower().startswith("basic") for each in found.authorizations):
        code = Code.CREDENTIAL_MISSING
        raise Problem(code, "Send client ID and client secret by HTTP Basic or in the form.")
    try:
        secret = presented(found, prefix=configured_prefix())
    except Flawed as flawed:
        raise Problem(Code(flawed.code), flawed.detail) from None
    assert isinstance(secret, ClientSecret)  # noqa: S101  # Basic holds nothing else
    return secret


def _pair(client_id: str, text: str) -> ClientSecret:
    """The secret, which names its client ID; both must belong together."""
    for part, name in ((client_id, "ID"), (text, "secret")):
        if not part:
            raise Problem(Code.CREDENTIAL_MISSING, f"The client {name} is missing.")
    try:
        secret = parse_client_secret(text, prefix=configured_prefix())
    except BadCredential as error:
        raise Problem(Code(error.flaw), "" if text.isascii() else NOT_PLAIN) from None
    if secret.client_id != client_id:
        raise Problem(
            Code.CREDENTIAL_MALFORMED, "Client ID and client secret do not belong together."
        )
    return secret


def require_post(request: HttpRequest) -> None:
    """Raise `Problem` for any other method."""
    if request.method != "POST":
        raise wrong_method("POST")
