"""What writes is one transaction; what only reads has none."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import BUSINESS_UNIT, KEYS, SELF, address, problem

pytestmark = pytest.mark.django_db(transaction=True)


class Asked:
    """Statements, each with whether it ran in a transaction."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, bool]] = []

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        self.statements.append((sql, connection.in_atomic_block))
        return execute(sql, params, many, context)

    def in_transaction(self, beginning: str) -> set[bool]:
        """Whether those that begin so were inside of one."""
        return {inside for sql, inside in self.statements if sql.startswith(beginning)}


@pytest.mark.parametrize("path", [KEYS, f"{KEYS}?status=all", SELF, BUSINESS_UNIT, "a key"])
def test_reading_opens_no_transaction(path: str, admin: Client, payroll: CreatedKey) -> None:
    asked = Asked()
    with connection.execute_wrapper(asked):
        assert admin.get(address(payroll) if path == "a key" else path).status_code == 200
    assert asked.in_transaction("") == {False}


def test_a_refused_reading_is_recorded_in_one(viewer: Client) -> None:
    asked = Asked()
    with connection.execute_wrapper(asked):
        problem(viewer.get(f"{KEYS}?email=a@example.com"), 403, "permission_denied")
    assert asked.in_transaction("SELECT pg_advisory_xact_lock") == {True}
    assert asked.in_transaction('INSERT INTO "accounts_auditevent"') == {True}
    assert AuditEvent.objects.filter(outcome="refused").count() == 1


def test_a_change_is_one_from_the_count_of_the_request_on(
    admin: Client, payroll: CreatedKey
) -> None:
    asked = Asked()
    with connection.execute_wrapper(asked):
        assert admin.delete(address(payroll)).status_code == 204
    counted = next(i for i, (sql, _) in enumerate(asked.statements) if "ratecounter" in sql)
    before, after = asked.statements[: counted + 1], asked.statements[counted + 1 :]
    assert {inside for _, inside in before} == {False}
    assert {inside for _, inside in after} == {True}
    assert any(sql.startswith("UPDATE") for sql, _ in after)
