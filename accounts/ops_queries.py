"""What an address or a form under /ops/ may ask of a list. Everything else is refused.

Django's admin takes any field and any lookup as a filter, also fields that no page shows: who may
look at a list could find out a password's hash letter by letter. So a list answers exactly what
its own links and forms send.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib.admin.filters import EmptyFieldListFilter, SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import ImproperlyConfigured
from django.db.models import BooleanField
from django.http import HttpRequest, QueryDict

from accounts.errors import Invalid

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    AnyModelAdmin = ModelAdmin[Any]

SEARCH_MAX = 254
"""Characters: the longest thing to look for is an email address."""
NAME_SHOWN = 60
"""Characters of a parameter's name that a refusal repeats."""
BACK = "_changelist_filters"
"""Where the page of a row keeps the query of the list that it was opened from."""

_PAGE = re.compile(r"[1-9][0-9]{0,5}")
_PRIMARY_KEY = re.compile(r"[1-9][0-9]{0,17}")  # fits into a bigint
_INDEX = re.compile(r"[0-9]")
_ACROSS = re.compile(r"[01]?")
_UNREADABLE = re.compile("[\x00-\x1f\x7f\ufffd]")  # U+FFFD: bytes that were not UTF-8


def check_list(admin: "AnyModelAdmin", query: QueryDict, request: HttpRequest) -> None:
    """Raise `Invalid` unless `query` is one that this list's own links and search form make."""
    filters = listed_filters(admin, request)
    for name, values in query.lists():
        if len(values) != 1:
            raise Invalid({name: f"“{_shown(name)}” stands there more than once."})
        (value,) = values
        match name:
            case "q":
                _check_search(value)
            case "p":
                _check_form(name, value, _PAGE, "a page's number")
            case _ if name not in filters:
                taken = ", ".join([*filters, "q", "p"])
                raise Invalid(
                    {name: f"This list does not take “{_shown(name)}”. It takes: {taken}."}
                )
            case _ if value not in filters[name]:
                listed = ", ".join(sorted(filters[name]))
                raise Invalid({name: f"“{name}” takes one of: {listed}."})


def check_row(admin: "AnyModelAdmin", query: QueryDict, request: HttpRequest) -> None:
    """Raise `Invalid` if `query` is more than the way back to the list, as the list writes it."""
    for name, values in query.lists():
        if name != BACK or len(values) != 1:
            raise Invalid({name: f"This page does not take “{_shown(name)}”."})
        check_list(admin, QueryDict(values[0]), request)


def check_action(form: QueryDict) -> None:
    """Raise `Invalid` unless rows are chosen as the list's own form does it."""
    for value in form.getlist(ACTION_CHECKBOX_NAME):
        _check_form(ACTION_CHECKBOX_NAME, value, _PRIMARY_KEY, "a row's number")
    for value in form.getlist("select_across"):
        _check_form("select_across", value, _ACROSS, "0 or 1")
    for value in form.getlist("index"):
        _check_form("index", value, _INDEX, "the number of a form")


def is_primary_key(text: str) -> bool:
    """Whether a row can have this primary key."""
    return _PRIMARY_KEY.fullmatch(text) is not None


def listed_filters(admin: "AnyModelAdmin", request: HttpRequest) -> dict[str, frozenset[str]]:
    """The parameters of the list's filters, each with the values that the list offers."""
    return dict(_listed(admin, request))


def _listed(admin: "AnyModelAdmin", request: HttpRequest) -> Iterator[tuple[str, frozenset[str]]]:
    for listed in admin.get_list_filter(request):
        match listed:
            case type() if issubclass(listed, SimpleListFilter):
                offered = listed(request, {}, admin.model, admin).lookup_choices
                yield str(listed.parameter_name), frozenset(str(value) for value, _ in offered)
            case (str(path), kind) if kind is EmptyFieldListFilter:
                yield f"{path}__isempty", frozenset("01")
            case str(path):
                yield f"{path}__exact", _offered(admin, path)
            case _:
                raise ImproperlyConfigured(f"What does the filter {listed} of {admin} offer?")


def _offered(admin: "AnyModelAdmin", path: str) -> frozenset[str]:
    """The values of a filter that is listed by the name of its field."""
    field: Any = get_fields_from_path(admin.model, path)[-1]
    if isinstance(field, BooleanField):
        return frozenset("01")
    if not field.choices:  # Django would offer whatever stands in the table, after reading it all
        raise ImproperlyConfigured(f"The field {path} of {admin} has no choices to filter by.")
    return frozenset(str(value) for value, _ in field.flatchoices)


def _check_search(text: str) -> None:
    if len(text) > SEARCH_MAX:
        raise Invalid({"q": f"A search takes up to {SEARCH_MAX} characters."})
    if _UNREADABLE.search(text):
        raise Invalid({"q": "A search takes letters, digits and signs, in UTF-8."})


def _check_form(name: str, value: str, form: re.Pattern[str], words: str) -> None:
    if not form.fullmatch(value):
        raise Invalid({name: f"“{name}” takes {words}."})


def _shown(name: str) -> str:
    text = _UNREADABLE.sub("?", name)
    return text if len(text) <= NAME_SHOWN else f"{text[:NAME_SHOWN]}…"
