"""Pages that ask, then do: once on a page of their own, once in the dialog."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.errors import Invalid, PermissionRefused, Refused, TooMany
from accounts.models import Tenant
from accounts.pages.answers import CONFLICT, UNPROCESSABLE, page_or_partial
from accounts.pages.forms import VerbErrors

type Fact = tuple[str, str]
"""A name, and a value that is text or ready HTML."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One of several things that an act hits."""

    name: str
    public_id: str
    what: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a form is about to do, in words: what it hits and what follows.

    Each text may be ready HTML, made with `format_html`.
    """

    title: str
    tab: str = ""
    """The title of the browser's tab, where it is another one."""
    submit: str
    lead: str = ""
    sentences: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    warning: str = ""
    warning_title: str = ""
    danger: bool = False
    keep: str = "Cancel"
    """What the way out is called."""
    hits_title: str = ""
    hits: Sequence[Hit] = ()
    guide: str = ""
    """The section of the relationship managers' guide about it."""


def ask(
    request: HttpRequest,
    act: Act,
    form: VerbErrors,
    perform: Callable[[dict[str, Any]], HttpResponse],
    frame: dict[str, Any],
) -> HttpResponse:
    """Show the form, or let `perform` do what it says and answer.

    `frame` is the context of the page around, with `cancel_url`. 422 for a form to correct; 409
    with the form when a rule stands in the way.
    """
    if request.method != "POST":
        return _page(request, act, form, frame)
    if not form.is_valid():
        return _page(request, act, form, frame, UNPROCESSABLE)
    try:
        return perform(form.cleaned_data)
    except Invalid as refusal:
        form.show(refusal)
        return _page(request, act, form, frame, UNPROCESSABLE)
    except (PermissionRefused, TooMany):
        raise
    except Refused as refusal:
        if not form.fields:
            return _page(request, act, form, frame | {"refused": refusal.message}, CONFLICT)
        form.add_error(None, refusal.message)
        return _page(request, act, form, frame, CONFLICT)


def blocked(
    request: HttpRequest, act: Act, frame: dict[str, Any], refusal: Refused
) -> HttpResponse:
    """The act without its form, and why it cannot be done (409)."""
    return _page(request, act, None, frame | {"refused": refusal.message}, CONFLICT)


def posted(request: HttpRequest) -> dict[str, Any]:
    """What a form is made of: the data of a POST, or nothing."""
    return {"data": request.POST} if request.method == "POST" else {}


def place(tenant: Tenant) -> list[Fact]:
    """Which account an act hits, and in which environment."""
    return [(tenant.kind_label, tenant.name), ("Environment", settings.ENVIRONMENT_NAME)]


def _page(
    request: HttpRequest,
    act: Act,
    form: VerbErrors | None,
    frame: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    context = frame | {"act": act, "form": form}
    return page_or_partial(request, "accounts/act.html", "action-form", context, status)
