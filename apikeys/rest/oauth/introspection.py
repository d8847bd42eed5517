"""Whether an access token still passes, for services that got one: RFC 7662."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.roles import Permission
from apikeys.codes import Code
from apikeys.events import ApiEvent
from apikeys.key_actor import KeyActor
from apikeys.proof.tokens import read_token
from apikeys.proof.verify import key_of_token
from apikeys.rest.auth import actor_with_platform, presented_credential
from apikeys.rest.frame import count, rest_view
from apikeys.rest.oauth.errors import oauth_response
from apikeys.rest.oauth.forms import read_form
from apikeys.rest.oauth.tokens import client_in_form, require_post
from apikeys.rest.operations import Caller, require_permission
from apikeys.rest.problems import Problem
from apikeys.services.peppers import configured_peppers


@rest_view(oauth_response)
def introspect(request: HttpRequest, headers: dict[str, str]) -> HttpResponse:
    """POST /oauth/introspect with `token`: what it is good for at this moment.

    The caller shows its credential in a header, or client ID and secret in the form.
    An admin key learns of its own tenant's tokens, a platform key of either kind of all; anything
    else is `{"active": false}` to them, whatever the reason (RFC 7662, 2.2).
    """
    require_post(request)
    form = read_form(request)
    caller = actor_with_platform(client_in_form(request, form) or presented_credential(request))
    count(caller.key.client_id, headers)
    if isinstance(caller, KeyActor):
        require_permission(caller, Permission.READ_USERS, caller.key.tenant, ApiEvent.INTROSPECTED)
    if "token" not in form:
        raise Problem(Code.VALIDATION_FAILED, "Send the token in the form, as token.")
    return JsonResponse(_said(caller, form["token"]))


def _said(caller: Caller, text: str) -> dict[str, Any]:
    token = read_token(text, configured_peppers())
    key = key_of_token(token) if token is not None else None
    if token is None or key is None:
        return {"active": False}
    if isinstance(caller, KeyActor) and caller.key.tenant_id != key.tenant_id:
        return {"active": False}
    return {
        "active": True,
        "client_id": key.client_id,
        "sub": key.client_id,
        "tenant_id": key.tenant.public_id,
        "role": key.role,
        "scope": key.role,
        "token_type": "Bearer",
        "exp": token.expires_at,
    }
