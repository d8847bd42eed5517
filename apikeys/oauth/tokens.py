"""Fetching an access token: client credentials (RFC 6749, 4.4), and Hubpay's form of the same."""

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import Field

from accounts import request_context
from apikeys.api import requests
from apikeys.api.auth import refuse_secret_in_url
from apikeys.api.frame import Frame
from apikeys.api.problems import Problem, problem_response
from apikeys.codes import Code
from apikeys.credentials import BadCredential, ClientSecret, parse_client_secret
from apikeys.gateway.headers import headers_of
from apikeys.gateway.presented import Flawed, Given, given, presented
from apikeys.gateway.verify import Denied, verify_secret
from apikeys.models import ApiKey
from apikeys.oauth.errors import OAuthError, oauth_response, unknown_client
from apikeys.oauth.forms import read_form
from apikeys.services.peppers import configured_peppers, configured_prefix
from apikeys.tokens import LIFETIME, issue_token

log = structlog.get_logger(__name__)

OAUTH = Frame(oauth_response, check=refuse_secret_in_url)
HUBPAY = Frame(problem_response, check=refuse_secret_in_url)


class _HubpayClient(requests.Given):
    """The body of Hubpay's form."""

    client_id: str = Field(alias="clientId")
    client_secret: str = Field(alias="clientSecret")


@OAUTH.view
def oauth_token(request: HttpRequest) -> HttpResponse:
    """POST /oauth/token: a token for the key whose client ID and secret come with it.

    By HTTP Basic, or in the form as `client_id` and `client_secret`; never both.
    """
    _require_post(request)
    form = read_form(request)
    grant = form.get("grant_type")
    if grant is None:
        raise OAuthError("invalid_request", "Send grant_type=client_credentials.")
    if grant != "client_credentials":
        raise OAuthError("unsupported_grant_type", "Only client_credentials is supported here.")
    return _answer(OAUTH, _oauth_client(request, form))


@HUBPAY.view
def hubpay_token(request: HttpRequest) -> HttpResponse:
    """POST /auth/token: the same from a JSON body, with problems as errors."""
    _require_post(request)
    body = requests.read_body(request, _HubpayClient)
    return _answer(HUBPAY, _pair(body.client_id, body.client_secret))


def _answer(frame: Frame, secret: ClientSecret) -> HttpResponse:
    outcome = verify_secret(secret, address=request_context.current().address)
    if isinstance(outcome, Denied):
        log.info("credential_refused", code=outcome.reason)
        code = Code(outcome.reason)
        raise unknown_client() if code == Code.UNAUTHENTICATED else Problem(code)
    key = outcome.key
    return frame.counted(key.client_id, lambda: JsonResponse(_token(key)))


def _token(key: ApiKey) -> dict[str, Any]:
    checked_at: Any = key.checked_at  # type: ignore[attr-defined]  # annotated by verify_secret
    return {
        "access_token": issue_token(
            key.client_id, int(checked_at.timestamp()), configured_peppers()
        ),
        "token_type": "Bearer",
        "expires_in": LIFETIME,
    }


def _oauth_client(request: HttpRequest, form: dict[str, str]) -> ClientSecret:
    found = given(headers_of((name.lower(), value) for name, value in request.headers.items()))
    in_headers = bool(found.secrets or found.authorizations)
    if "client_secret" in form and in_headers:
        raise Problem(Code.MULTIPLE_CREDENTIALS)
    if not in_headers and form.keys() & {"client_id", "client_secret"}:
        return _pair(form.get("client_id", ""), form.get("client_secret", ""))
    secret = _from_basic(found)
    if form.get("client_id", secret.client_id) != secret.client_id:
        raise Problem(Code.CREDENTIAL_MALFORMED, "The form names another client than the header.")
    return secret


def _from_basic(found: Given) -> ClientSecret:
    if not any(each.lower().startswith("basic ") for each in found.authorizations):
        code = Code.CREDENTIAL_MISSING
        raise Problem(code, "Send client ID and client secret by HTTP Basic or in the form.")
    try:
        secret = presented(found, prefix=configured_prefix())
    except Flawed as flawed:
        raise Problem(Code(flawed.code)) from None
    assert isinstance(secret, ClientSecret)  # noqa: S101  # Basic holds nothing else
    return secret


def _pair(client_id: str, text: str) -> ClientSecret:
    """The secret, which names its client ID; both must belong together."""
    if not text:
        code = Code.CREDENTIAL_MISSING
        raise Problem(code, "The client secret is missing.")
    try:
        secret = parse_client_secret(text, prefix=configured_prefix())
    except BadCredential as error:
        raise Problem(Code(error.flaw)) from None
    if secret.client_id != client_id:
        raise Problem(
            Code.CREDENTIAL_MALFORMED, "Client ID and client secret do not belong together."
        )
    return secret


def _require_post(request: HttpRequest) -> None:
    if request.method != "POST":
        detail = "This address takes POST."
        raise Problem(Code.METHOD_NOT_ALLOWED, detail, headers={"Allow": "POST"})
