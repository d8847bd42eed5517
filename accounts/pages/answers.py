"""How pages answer a form: once for a whole page, once for a dialog."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.errors import TooMany

UNPROCESSABLE = 422
CONFLICT = 409
TOO_MANY_REQUESTS = 429
page_methods = require_http_methods(["GET", "HEAD", "POST"])


class SeeOther(HttpResponseRedirect):
    """303: look at the other page, with GET (RFC 9110, 15.4.4)."""

    status_code = 303


def wait_said(answer: HttpResponse, refusal: TooMany | None) -> HttpResponse:
    """The answer; as a 429 that says when to try again, where somebody asked too often."""
    if refusal is not None:
        answer.status_code = TOO_MANY_REQUESTS
        answer["Retry-After"] = str(refusal.retry_after)
    return answer


def page_or_partial(
    request: HttpRequest, template: str, partial: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The whole page, or only its partial where htmx asks for it."""
    name = f"{template}#{partial}" if request.headers.get("HX-Request") else template
    return render(request, name, context, status=status)


def done(
    request: HttpRequest, text: str, url: str, changed: str = "members-changed"
) -> HttpResponse:
    """A verb succeeded: the dialog closes and lists refresh, or `url` is shown with the text.

    `changed` is the event that the list on the page waits for.
    """
    if request.headers.get("HX-Request"):
        events = {
            changed: {},
            "dialog-close": {},
            "notice": {"text": text, "tone": "success"},
        }
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})
    return done_elsewhere(request, text, url)


def done_elsewhere(request: HttpRequest, text: str, url: str) -> HttpResponse:
    """A verb succeeded and the page around changed with it: `url` is shown whole, with the text."""
    messages.success(request, text)
    return SeeOther(url)
