"""The documentation of the REST APIs, for anybody."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import person
from accounts.models import Tenant
from apikeys import rules
from apikeys.codes import Code
from apikeys.pages.docs import merchant as merchant_reference
from apikeys.pages.docs import reference, snippets
from apikeys.pages.docs.credential_forms import credential_forms
from apikeys.rest.canonical.schemas import PAGE_MAX
from apikeys.rest.merchant.schemas import LIST_MAX, SKIP_MAX
from apikeys.rest.openapi.document import VERSION
from apikeys.rest.problems import ERRORS_MAX
from apikeys.rest.requests import BODY_MAX, DEPTH_MAX


@transaction.non_atomic_requests
@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The whole documentation on one page, so that the browser's own search finds everything.

    To strangers without a query, and so without a transaction: it reads when the database is down.
    """
    return render(
        request,
        "docs/docs.html",
        _setting_up()
        | credential_forms()
        | _reference()
        | _merchant()
        | {"keys_url": _keys_url(request)},
    )


def _keys_url(request: HttpRequest) -> str:
    """The key list of a person's only account, or the choice of accounts, which asks to sign in."""
    if request.user.is_authenticated:
        tenants = Tenant.objects.visible_to(person(request))
        found = list(tenants.values_list("public_id", flat=True)[:2])
        if len(found) == 1:
            return reverse("key_list", args=found)
    return reverse("tenant_list")


def _setting_up() -> dict[str, Any]:
    return {
        "setting_up": snippets.setting_up(settings.PORTAL_URL),
        "naming_keys": snippets.NAMING_KEYS,
        "placeholder": snippets.PLACEHOLDER,
        "base_url": settings.PORTAL_URL,
    }


def _reference() -> dict[str, Any]:
    return {
        "version": VERSION,
        "changes": reference.CHANGES,
        "chapters": reference.chapters(),
        "key_fields": reference.key_fields(),
        "credential_forms": reference.credential_forms(),
        "permissions": reference.permission_rows(),
        "codes": reference.codes(),
        "problem_fields": reference.problem_fields(),
        "problem": reference.problem_shown(reference.CREATES, Code.VALIDATION_FAILED),
        "headers": reference.header_fields(),
        "limits": {
            "requests": settings.API_RATE_LIMIT,
            "changes": settings.API_CHANGE_RATE_LIMIT,
            "seconds": settings.API_RATE_WINDOW,
            "body": BODY_MAX // 1024,
            "depth": DEPTH_MAX,
            "page": PAGE_MAX,
            "errors": ERRORS_MAX,
            "keys": rules.DEFAULT_KEY_LIMIT,
            "name": rules.NAME_MAX,
            "description": rules.DESCRIPTION_MAX,
            "email": rules.EMAIL_MAX,
            "idempotency_key": rules.IDEMPOTENCY_KEY_MAX,
            "idempotency_hours": int(rules.IDEMPOTENCY_WINDOW.total_seconds()) // 3600,
        },
    }


def _merchant() -> dict[str, Any]:
    return {
        "merchant_calls": merchant_reference.calls(),
        "merchant_faults": merchant_reference.faults(),
        "merchant_envelope": merchant_reference.envelope(),
        "merchant_sequence": merchant_reference.sequence(reverse("v1:business_unit")),
        "merchant_list_max": LIST_MAX,
        "merchant_skip_max": SKIP_MAX,
    }
