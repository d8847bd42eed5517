"""The OpenAPI 3.1 document, made of the operations and their models: nothing is said twice."""

import json
from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from apikeys.rest.openapi import canonical, merchant, tokens
from apikeys.rest.openapi.parts import API_KEY, HEADERS, OTHER_FORMS
from apikeys.rest.openapi.schemas import Json, schemas

VERSION = "1.0.0"
"""Of the contract: the first number changes when a client may have to."""

INTRODUCTION = """Manage the API keys of your account with one of its keys.

Send the client secret in the header `api-key`. Answers are JSON in UTF-8; times are RFC 3339 in
UTC with milliseconds. Unknown fields and parameters are refused. Errors are
`application/problem+json` (RFC 9457): compare their `code`. The merchant API and `/oauth/` have
error forms of their own.

A client that cannot set this header sends one of these in its place, and never two of them:

{forms}
- `Authorization: Bearer`: an access token, which `/oauth/token` gives for client ID and client
  secret. It cannot create keys, nor change a key's role, email or expiration.

A request may be signed instead (RFC 9421, Ed25519), so that the secret never travels: the
documentation page has the rules and examples, under "Signed requests"."""

TAGS = {
    canonical.KEYS: "The keys of your account.",
    canonical.ACCOUNT: "The calling key and its account.",
    merchant.TAG: "The same keys for clients of Hyperswitch's API, with its paths and errors.",
    tokens.TAG: "Access tokens: get one, and ask whether one still passes.",
}


@transaction.non_atomic_requests
@login_not_required
@csrf_exempt
@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, for anybody: it holds nothing of any account."""
    return HttpResponse(
        json.dumps(openapi(), indent=2),
        content_type="application/json",
        headers={"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"},
    )


@cache
def openapi() -> Json:
    """The whole document; the same for as long as the process runs."""
    docs_url = f"{settings.PORTAL_URL}/docs/"
    forms = "\n".join(f"- `{each.header}`: {each.description}" for each in OTHER_FORMS)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.PRODUCT_NAME}, {settings.ENVIRONMENT_NAME}",
            "version": VERSION,
            "description": INTRODUCTION.format(forms=forms),
            "contact": {"name": settings.PRODUCT_NAME, "url": docs_url},
            "license": {
                "name": "All rights reserved",
                "identifier": "LicenseRef-All-Rights-Reserved",
            },
        },
        "servers": [{"url": settings.PORTAL_URL, "description": settings.ENVIRONMENT_NAME}],
        "externalDocs": {"url": docs_url},
        "security": [{name: [] for name in API_KEY}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": canonical.paths() | merchant.paths() | tokens.paths(),
        "components": {
            "schemas": schemas([*canonical.operations(), *merchant.operations()])
            | merchant.SCHEMAS
            | tokens.SCHEMAS,
            "securitySchemes": API_KEY,
            "headers": HEADERS,
            "parameters": canonical.parameters() | merchant.parameters(),
        },
    }
