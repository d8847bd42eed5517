"""The documentation page: complete, true to its sources, and readable by anybody."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Tenant, User
from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from accounts.services.memberships import add_member
from apikeys.codes import Code
from apikeys.credentials import BadCredential, parse_client_secret
from apikeys.rest.canonical.addresses import ADDRESSES
from apikeys.rest.merchant.faults import FaultCode
from apikeys.rest.merchant.urls import urlpatterns
from apikeys.rest.openapi.merchant import BODIES, CALLS
from apikeys.services.peppers import configured_prefix
from tests.factories import PLATFORM, make_tenant, signed_in

DOCS = "/docs/"
PAGE_CHAPTERS = {
    *("authentication", "roles", "keys", "account", "merchant-api", "errors"),
    *("idempotency", "conditional-changes", "limits", "times", "changelog"),
}
SECRET = re.compile(r"[0-9A-Za-z]{1,32}_[0-9A-Za-z]{20}_[0-9A-Za-z]{49}")


@pytest.fixture
def html(db: None) -> str:
    """The page as a stranger gets it."""
    answer = Client().get(DOCS)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def ids(html: str) -> list[str]:
    """Every id on the page."""
    return re.findall(r'\bid="([^"]+)"', html)


def test_a_stranger_reads_it_without_a_single_query(db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = Client().get(DOCS)
    assert (answer.status_code, len(queries), dict(answer.cookies)) == (200, 0, {})


def test_it_takes_no_post(db: None) -> None:
    assert Client().head(DOCS).status_code == 200
    assert Client().post(DOCS).status_code == 405


def test_every_operation_has_its_place_and_its_examples(ids: list[str]) -> None:
    names = [operation.name for each in ADDRESSES for operation in each.operations]
    for name in names:
        assert {name, f"{name}-curl", f"{name}-python", f"{name}-javascript"} <= set(ids)


def test_every_code_has_the_place_that_errors_point_to(ids: list[str]) -> None:
    assert {f"error-{code}" for code in (*Code, *FaultCode)} <= set(ids)


def test_no_id_stands_twice_and_no_link_leads_nowhere(html: str, ids: list[str]) -> None:
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)
    assert set(ids) >= PAGE_CHAPTERS


def test_the_table_of_roles_is_the_table_of_roles(html: str) -> None:
    rows = re.findall(r'<tr id="permission-(\w+)">(.*?)</tr>', html, re.DOTALL)
    assert len(rows) >= 7
    for name, row in rows:
        cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in row.split("<td>")[1:]]
        held = ["yes" if Permission(name) in ROLE_PERMISSIONS[role] else "no" for role in Role]
        assert cells == held, name


def test_each_permission_that_an_operation_names_is_in_the_table(ids: list[str]) -> None:
    asked = {operation.permission for each in ADDRESSES for operation in each.operations}
    assert {f"permission-{each}" for each in asked if each} <= set(ids)


def test_nothing_on_it_could_be_a_real_secret(html: str) -> None:
    """Scanners for leaked secrets find only what fails its checksum."""
    for text in SECRET.findall(html):
        with pytest.raises(BadCredential):
            parse_client_secret(text, prefix=configured_prefix())


def test_it_leads_to_the_keys_of_the_only_account(
    alice: User, northwind: Tenant, html: str
) -> None:
    key_list = reverse("key_list", args=[northwind.public_id])
    assert f'href="{key_list}"' in signed_in(alice).get(DOCS).content.decode()
    assert key_list not in html


def test_it_leads_to_the_choice_among_several(alice: User, northwind: Tenant) -> None:
    add_member(actor=PLATFORM, tenant=make_tenant(), user=alice, role=Role.VIEWER)
    answer = signed_in(alice).get(DOCS).content.decode()
    assert f'<a href="{reverse("tenant_list")}">API keys</a>' in answer


def test_the_other_pages_lead_to_it(alice: User, northwind: Tenant) -> None:
    client = signed_in(alice)
    keys = f"/account/{northwind.public_id}/keys/"
    assert f"{DOCS}#authentication" in client.get(keys).content.decode()
    assert f"{DOCS}#roles" in client.get(f"{keys}new/").content.decode()


def test_the_merchant_apis_calls_are_those_that_exist() -> None:
    """And its examples are bodies that it takes."""
    documented = {path for path, *_ in CALLS}
    routes = {re.sub(r"<str:(\w+)>", r"{\1}", str(each.pattern)) for each in urlpatterns}
    assert documented == routes - {""}
    for model, example in BODIES.items():
        model.model_validate(example)
