"""What an address or a form under /ops/ may ask for: what its list offers, and nothing else.

Django's admin takes every field as a filter, also one that no page shows: asked often enough,
`?password__regex=` tells a hash letter by letter.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve

from accounts.models import AuditEvent, Tenant, User
from accounts.ops import ReadOnlyAdmin, ops
from tests.factories import make_person, signed_in

PEOPLE = "/ops/accounts/user/"
MODELS = tuple(ops._registry)
LOOKUPS = ("", "__exact", "__regex", "__startswith", "__contains", "__gt", "__in", "__isnull")
NUL, HUGE = "\0", "9" * 30
ODD_TEXTS = (NUL, f"a{NUL}b", "\ud800", "\ufffd", "a\x1bb", HUGE, "9" * 5000, "-1", "maybe", "[]")
ODD_KEYS = ("%00", "_00", HUGE, "-1", "x", "_5F", "%ff", "_FF", "1_00", "²", "9" * 5000, "1/2", "0")

ATTACKS = (
    "password__regex=^argon2",
    "password=x",
    "tenant__memberships__user__password__startswith=a",
    "memberships__user__password__contains=a",
    "email__regex=^o",
    "accepted_by__password__contains=a",
    "audit_events__data__reason__startswith=a",
    "session_generation__gt=0",
    "last_login__isnull=True",
    "staff_role__isnull=maybe",
    "is_active__exact=maybe",
    "is_active__exact=1&is_active__exact=0",
    "is_active__exact=%00",
    "staff_role__exact=operator,relationship_manager",
    "staff_role__in=operator",
    "id__exact=" + HUGE,
    "id__in=1,2",
    "pk=1",
    "pk__range=1,2",
    "no_such_field=1",
    "created_at__year=99999999",
    "o=1",
    "o=email",
    "o=" + HUGE,
    "all=",
    "e=1",
    "_popup=1",
    "_to_field=password",
    "_to_field=id",
    "_source_model=accounts.user",
    "_facets=True",
    "_changelist_filters=q%3Da",
    "=",
    "%00=1",
    "%ff=1",
    "p=0",
    "p=-1",
    "p=%00",
    "p=%ff",
    "p=" + HUGE,
    "p=²",
    "p=1&p=2",
    "q=%00",
    "q=a%00b",
    "q=%ff",
    "q=%ED%A0%80",
    "q=a&q=b",
    "q=" + "a" * 65536,
    "&".join(f"p={number}" for number in range(200)),
)


def path_of(model: type[Model]) -> str:
    return f"/ops/{model._meta.label_lower.replace('.', '/')}/"


def names(model: type[Model]) -> Iterator[tuple[str, type[Model] | None]]:
    """The names by which a lookup reaches on from `model`, and where relations lead."""
    for field in model._meta.get_fields(include_hidden=True):
        yield field.name, field.related_model if field.is_relation else None
        yield getattr(field, "attname", field.name), None


def field_paths(model: type[Model], steps: int = 2) -> Iterator[str]:
    """Every path of fields, with up to so many relations before the last one."""
    for name, related in names(model):
        yield name
        if related is not None and steps:
            for rest in field_paths(related, steps - 1):
                yield f"{name}__{rest}"


def asked(rf: RequestFactory, oscar: User, path: str, query: dict[str, str]) -> HttpResponse:
    """The answer of the list, past the middleware; a sane one is not written out."""
    request: HttpRequest = rf.get(path, query)
    request.user = oscar
    view = resolve(path).func
    answer: HttpResponse = view(request)
    return answer


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_field_of_any_model_can_be_asked_by_any_lookup(
    model: type[Model], rf: RequestFactory, oscar: User
) -> None:
    paths = set(field_paths(model))
    assert {field.name for field in model._meta.get_fields()} <= paths
    for path in paths:
        for lookup in LOOKUPS:
            answer = asked(rf, oscar, path_of(model), {path + lookup: "a"})
            assert answer.status_code == 400, path + lookup


@pytest.mark.parametrize("query", ATTACKS, ids=lambda query: query[:50])
@pytest.mark.parametrize("path", [PEOPLE, "/ops/accounts/outboxmail/"])
def test_what_a_list_does_not_offer_is_refused(path: str, query: str, oscar: User) -> None:
    assert signed_in(oscar).get(f"{path}?{query}").status_code == 400


def test_the_refusal_says_what_is_wrong_and_what_the_list_takes(oscar: User) -> None:
    answer = signed_in(oscar).get(PEOPLE, {"password__regex": "^a"})
    page = unescape(answer.content.decode())
    assert answer.status_code == 400
    assert "“password__regex”" in page
    assert "staff_role__exact" in page
    assert answer["X-Request-Id"] in page


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_everything_that_a_list_offers_is_accepted(model: type[Model], oscar: User) -> None:
    client, path = signed_in(oscar), path_of(model)
    page = client.get(path, {"q": "northwind 'traders' \"ü", "p": "1"})
    offered = {unescape(link) for link in re.findall(r'href="(\?[^"]*)"', page.content.decode())}
    assert len(offered) > 1
    for link in offered:
        assert client.get(path + link).status_code == 200, link


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_list_looks_only_into_what_its_pages_show(model: type[Model]) -> None:
    admin = ops._registry[model]
    assert isinstance(admin, ReadOnlyAdmin)
    for path in (each.lstrip("=^@") for each in admin.search_fields):
        *relations, last = path.split("__")
        shown_by: Any = model
        for name in relations:
            shown_by = shown_by._meta.get_field(name).related_model
        assert last in ops._registry[shown_by].fields, path  # type: ignore[operator]


def test_django_is_told_the_same_by_whatever_way_it_asks(rf: RequestFactory) -> None:
    admin, request = ops._registry[User], rf.get(PEOPLE)
    assert admin.lookup_allowed("is_active__exact", "1", request)
    assert not admin.lookup_allowed("is_active__exact", "2", request)
    assert not admin.lookup_allowed("password__regex", "a", request)
    assert not admin.to_field_allowed(request, "id")


def test_a_page_that_a_list_does_not_have_is_refused(
    oscar: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReadOnlyAdmin, "list_per_page", 1)
    make_person()
    client = signed_in(oscar)
    assert client.get(PEOPLE, {"p": "2"}).status_code == 200
    assert client.get(PEOPLE, {"p": "3"}).status_code == 400


def test_a_list_leads_to_its_rows_and_back(oscar: User) -> None:
    client = signed_in(oscar)
    listed = client.get(PEOPLE, {"q": "oscar", "is_active__exact": "1"}).content.decode()
    (row,) = re.findall(rf'href="({PEOPLE}{oscar.pk}/change/\?[^"]*)"', listed)
    shown = client.get(unescape(row))
    (back,) = re.findall(rf'href="({PEOPLE}\?[^"]*)" class="closelink"', shown.content.decode())
    assert client.get(unescape(back)).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "_to_field=password",
        "_to_field=id",
        "_popup=1",
        "password__regex=a",
        "_changelist_filters=password__regex%3Da",
        "_changelist_filters=q%3D%2500",
        "_changelist_filters=" + "a" * 5000,
        "_changelist_filters=q%3Da&_changelist_filters=q%3Db",
    ],
    ids=lambda query: query[:50],
)
def test_the_page_of_a_row_takes_only_the_way_back(query: str, oscar: User) -> None:
    assert signed_in(oscar).get(f"{PEOPLE}{oscar.pk}/change/?{query}").status_code == 400


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_row_that_cannot_be_is_not_found(model: type[Model], oscar: User) -> None:
    client = signed_in(oscar)
    for pk in ODD_KEYS:
        address = f"{path_of(model)}{pk}/change/"
        assert client.get(address).status_code == 404, pk
        assert client.post(address).status_code == 404, pk
        assert client.get(f"{path_of(model)}{pk}/delete/").status_code in {403, 404}, pk


def act(oscar: User, **fields: Any) -> int:
    form = {"action": "make_relationship_manager", "index": "0", "select_across": "0"} | fields
    return signed_in(oscar).post(PEOPLE, form).status_code


@pytest.mark.parametrize("odd", [*ODD_TEXTS, "", "1,2", " 1", "²"], ids=lambda odd: ascii(odd[:20]))
def test_an_odd_choice_of_rows_is_refused(odd: str, oscar: User, rita: User) -> None:
    odd = odd.encode("utf-8", "replace").decode()
    before = AuditEvent.objects.count()
    assert act(oscar, _selected_action=[odd]) == 400
    assert act(oscar, _selected_action=[str(rita.pk), odd]) == 400
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("name", ["select_across", "index"])
@pytest.mark.parametrize("odd", ODD_TEXTS, ids=lambda odd: ascii(odd[:20]))
def test_an_odd_field_of_an_action_is_refused(odd: str, name: str, oscar: User) -> None:
    odd = odd.encode("utf-8", "replace").decode()
    newcomer = make_person("Newcomer")
    assert act(oscar, _selected_action=[str(newcomer.pk)], **{name: odd}) == 400
    newcomer.refresh_from_db()
    assert not newcomer.staff_role


@pytest.mark.parametrize("odd", ["no_such_action", "delete_selected", NUL, "__init__", ""])
def test_an_action_that_is_none_does_nothing(odd: str, oscar: User, northwind: Tenant) -> None:
    before = AuditEvent.objects.count()
    assert act(oscar, action=odd, _selected_action=[str(oscar.pk)]) in {302, 400}
    assert AuditEvent.objects.count() == before


def test_an_action_on_a_filtered_list_keeps_the_filter(oscar: User) -> None:
    newcomer = make_person("Newcomer")
    form = {"action": "disable", "_selected_action": [str(newcomer.pk)]}
    client = signed_in(oscar)
    assert client.post(f"{PEOPLE}?password__regex=a", form).status_code == 400
    assert client.post(f"{PEOPLE}?is_active__exact=0", form).status_code == 302
    newcomer.refresh_from_db()
    assert newcomer.is_active


def test_nothing_completes_what_somebody_types(oscar: User) -> None:
    """No form here needs it, and it would search by a way of its own."""
    query = {"app_label": "accounts", "model_name": "membership", "field_name": "user", "term": ""}
    assert signed_in(oscar).get("/ops/autocomplete/", query).status_code == 404
    assert Client().get("/ops/autocomplete/", query).status_code == 404
