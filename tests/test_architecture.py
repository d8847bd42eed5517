"""House rules that no linter knows."""

import ast
import io
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models

from accounts.management.commands import write_permissions
from accounts.models import Tenant
from accounts.tenancy import TenantScopedQuerySet
from tests.service_functions import ServiceFunction, service_functions

STOREYS = ("portal", "apikeys", "accounts")
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools"}
FUNCTIONS = service_functions()
VERBS = [function for function in FUNCTIONS if function.event]
WRITES_AN_EVENT = "audit.record"
"""The call that only somebody's action may lead to."""


def _sources(*folders: str) -> list[Path]:
    root = Path(settings.BASE_DIR)
    return [path for folder in folders for path in sorted((root / folder).rglob("*.py"))]


@pytest.mark.parametrize("verb", VERBS, ids=str)
def test_it_takes_every_verbs_arguments_by_name_and_always_an_actor(verb: ServiceFunction) -> None:
    assert verb.positional == []
    assert "actor" in verb.keyword_only
    assert verb.keyword_only["actor"] is None


@pytest.mark.parametrize("verb", VERBS, ids=str)
def test_it_writes_an_event_in_every_verb(verb: ServiceFunction) -> None:
    """Itself, or through a function of the services that it calls."""
    assert WRITES_AN_EVENT in verb.reaches


ENTERS_OTHERWISE = {
    "accept_invitation": "the invited person has no right in the tenant yet; it takes the lock",
    "set_staff_role": "about a person, of no tenant",
    "disable_person": "about a person; it locks all their tenants",
    "enable_person": "about a person; it locks all their tenants",
    "join_as_new_person": "the same person, who has no sign-in yet",
    "ask_email_change": "about the person themselves",
    "confirm_email_change": "about the person themselves",
    "undo_email_change": "about the person themselves",
    "create_platform_key": "of no tenant",
    "revoke_platform_key": "of no tenant",
}


def test_every_verb_of_a_tenant_enters_by_one_door() -> None:
    """It takes the lock, reads the actor again under it, and requires the permission."""
    others = {verb.definition.name for verb in VERBS if "enter" not in verb.reaches}
    assert others == set(ENTERS_OTHERWISE)


def test_it_follows_calls_through_the_services() -> None:
    by_name = {function.definition.name: function for function in FUNCTIONS}
    through_another_module = by_name["revoke_all_keys"].reaches
    assert "key.put_revoker" in through_another_module - by_name["revoke_all_keys"].calls
    assert WRITES_AN_EVENT in by_name["remove_member"].reaches - by_name["remove_member"].calls
    assert WRITES_AN_EVENT not in by_name["find_invitation"].reaches


def test_it_knows_the_verbs() -> None:
    names = {verb.definition.name for verb in VERBS}
    keys = {"create_key", "edit_key", "assign_role", "revoke_key", "revoke_all_keys"}
    access = {"request_access", "approve_request", "suspend_access", "restore_access"}
    people = {"add_member", "invite_member", "accept_invitation", "disable_person"}
    assert names >= keys | access | people | {"enable_access", "onboard_tenant"}


@pytest.mark.parametrize(
    "function", [function for function in FUNCTIONS if WRITES_AN_EVENT in function.reaches], ids=str
)
def test_it_asks_for_the_actor_wherever_something_is_written(function: ServiceFunction) -> None:
    assert function.positional == []
    assert "actor" in function.keyword_only


def test_it_names_modules_for_what_they_hold() -> None:
    nameless = [path for path in _sources(*STOREYS, "tests") if path.stem in NAMELESS]
    nameless += [path for path in _sources(*STOREYS, "tests") if path.parent.name in NAMELESS]
    assert nameless == []


@pytest.mark.parametrize(("storey", "above"), [("accounts", {"apikeys", "portal"})])
def test_it_never_looks_up_the_stairs(storey: str, above: set[str]) -> None:
    imported = {
        (str(path), module.partition(".")[0])
        for path in _sources(storey)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for module in _imported_by(node)
    }
    assert [found for found in imported if found[1] in above] == []


def _imported_by(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom():
            return [node.module or ""]
        case _:
            return []


def _belongs_to_a_tenant(model: type[models.Model]) -> bool:
    """Say whether a tenant can be reached from a row of `model` along its foreign keys."""
    targets = [field.related_model for field in model._meta.fields if field.many_to_one]
    targets += [field.related_model for field in model._meta.fields if field.one_to_one]
    ours = [target for target in targets if isinstance(target, type) and target is not model]
    return model is Tenant or any(
        target is Tenant or _belongs_to_a_tenant(target)
        for target in ours
        if target._meta.app_label in STOREYS
    )


OURS = [model for storey in STOREYS for model in apps.get_app_config(storey).get_models()]


OF_TENANTS = [model for model in OURS if _belongs_to_a_tenant(model)]


@pytest.mark.parametrize("model", OF_TENANTS, ids=lambda model: model.__name__)
def test_it_says_for_every_tenants_row_where_its_tenant_is(model: type[models.Model]) -> None:
    rows = model._default_manager.all()
    assert isinstance(rows, TenantScopedQuerySet)
    path: str = model.tenant_path  # type: ignore[attr-defined]  # the promise
    assert "accounts_tenant" in str(
        rows.filter(**{f"{path}__in": Tenant.objects.filter(name="A")}).query
    )


def test_it_knows_the_rows_of_tenants() -> None:
    known = {"Tenant", "Membership", "Invitation", "AuditEvent"}
    known |= {"ApiAccess", "AccessRequest", "ApiKey", "KeyUsage", "KeyUseDay", "UsedNonce"}
    assert known <= {model.__name__ for model in OF_TENANTS}


def test_it_keeps_the_page_of_permissions_current() -> None:
    assert write_permissions.path().read_text(encoding="utf-8") == write_permissions.page()


def test_it_writes_the_page_of_permissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "permissions.md"
    monkeypatch.setattr(write_permissions, "path", lambda: written)
    said = io.StringIO()
    call_command("write_permissions", stdout=said)
    assert written.read_text(encoding="utf-8") == write_permissions.page()
    assert str(written) in said.getvalue()
