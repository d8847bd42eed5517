"""Every field of every page and of every REST body takes odd texts without a 403 or a 500.

The fields are found and not listed, so that a new one is tried too.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django import forms
from django.db import transaction
from django.test import Client

from accounts.models import Tenant, User
from accounts.roles import Role
from accounts.services.invitations import invite_member
from apikeys.models import AccessState
from apikeys.rest.canonical.addresses import ADDRESSES
from apikeys.rest.routes import API_ROOT
from apikeys.services.api_access import request_access
from apikeys.services.keys import CreatedKey
from tests.apikeys.pages.test_access_matrix import PAGES, address
from tests.apikeys.rest.merchant.calls import calling
from tests.factories import PLATFORM, acting, put_access, signed_in

ODD = {
    "a tab": b"a\tb",
    "NUL": b"a\0b",
    "control characters": b"\x01\x02",
    "line breaks": b"\r\n\n\r",
    "a direction": "a\u202eb".encode(),
    "no width": "\u200b\u200d".encode(),
    "decomposed": "e\u0301".encode(),
    "half a character": b"\xed\xa0\x80",
    "no UTF-8": b"\xff\xfe",
    "much": b"x" * 10_000,
    "a quoted address": b'"\x01\x02"@example.com',
    "a long address": b"a" * 298 + b"@example.com",
}
STATES = {
    "approve": AccessState.REQUESTED,
    "decline": AccessState.REQUESTED,
    "enable": AccessState.NONE,
    "restore": AccessState.SUSPENDED,
    "access": AccessState.NONE,
}
"""What API access must be for a page to ask."""
ANSWERS = {200, 302, 303, 400, 409, 410, 422, 429}
WITH_FIELDS = [route for route in PAGES if not route.startswith(("/help", "/docs", "/livez"))]


@pytest.fixture
def client(request: pytest.FixtureRequest, alice: User, rita: User, oscar: User) -> Client:
    """Who may open the page."""
    route = request.getfixturevalue("route")
    if route.startswith("/account"):
        return signed_in(alice)
    return signed_in(oscar if "hand-over" in route else rita)


def texts(form: forms.BaseForm) -> Iterator[str]:
    """The fields that somebody types into."""
    for name, field in form.fields.items():
        if isinstance(field, forms.CharField):
            yield name


def filled(form: forms.BaseForm) -> dict[str, Any]:
    """The form as somebody might send it."""
    return {name: _value(form, name, field) for name, field in form.fields.items()}


def _value(form: forms.BaseForm, name: str, field: forms.Field) -> Any:
    initial = form.get_initial_for_field(field, name)
    if isinstance(field, forms.BooleanField):
        return "on"
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return initial or next(str(value) for value, _ in choices if value)
    return initial if initial not in {None, ""} else "somebody@example.com"


@pytest.mark.parametrize("route", WITH_FIELDS)
def test_no_page_breaks(
    route: str, client: Client, northwind: Tenant, alice: User, payroll: CreatedKey
) -> None:
    invite_member(actor=PLATFORM, tenant=northwind, email="ida@example.com", role=Role.GL)
    path = address(route, northwind, payroll)
    state = STATES.get(path.split("/")[-2], AccessState.ENABLED)
    put_access(northwind, AccessState.NONE if state == AccessState.REQUESTED else state)
    if state == AccessState.REQUESTED:
        request_access(actor=acting(alice), tenant=northwind, reason="Payroll")
    context = client.get(path).context or {}
    form = context.get("form")
    if not isinstance(form, forms.BaseForm):
        return
    for name in texts(form):
        for kind, text in ODD.items():
            body = urlencode(filled(form) | {name: text}).encode()
            with transaction.atomic():
                answer = client.post(path, body, content_type="application/x-www-form-urlencoded")
                transaction.set_rollback(True)  # each text is the first one
            assert answer.status_code in ANSWERS, (name, kind)
            assert answer.status_code != 422 or b"error" in answer.content, (name, kind)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_no_body_of_the_api_breaks(odd: bytes, admin_key: CreatedKey, payroll: CreatedKey) -> None:
    caller = calling(admin_key)
    bodies = [
        (each.method, root.path, name)
        for root in ADDRESSES
        for each in root.operations
        for name in each.body.model_fields
    ]
    assert bodies
    for method, path, name in bodies:
        url = API_ROOT + path.format(client_id=payroll.key.client_id)
        raw = b'{"%b": "%b"}' % (name.encode(), odd.replace(b'"', b'\\"'))
        answer = caller.generic(str(method), url, raw, content_type="application/json")
        assert answer.status_code in {200, 201, 204, 409, 422}, (method, path, name)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_no_query_breaks(
    odd: bytes, admin_key: CreatedKey, northwind: Tenant, alice: User, rita: User
) -> None:
    account = f"/account/{northwind.public_id}"
    for name in ("q", "role", "sort", "cursor", "all", "kind", "access", "status", "limit"):
        query = urlencode({name: odd})
        assert signed_in(alice).get(f"{account}/keys/?{query}").status_code == 200
        assert signed_in(rita).get(f"/portfolio/?{query}").status_code == 200
        listed = calling(admin_key).get(f"{API_ROOT}api-key/keys?{query}")
        assert listed.status_code in {200, 422}
