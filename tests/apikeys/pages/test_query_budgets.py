"""How many queries a page may ask; the budgets are a checked-in file."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Tenant, User
from apikeys.services.keys import CreatedKey
from tests.factories import make_key, make_revoked_key, signed_in

BUDGETS: dict[str, int] = json.loads(Path(__file__).with_name("query_budgets.json").read_text())


@pytest.fixture
def filled(northwind: Tenant, payroll: CreatedKey) -> Tenant:
    """Northwind with enough keys that a query per row would show."""
    for number in range(5):
        make_key(northwind, name=f"Key {number}")
        make_revoked_key(northwind, name=f"Old {number}")
    return northwind


@pytest.mark.parametrize("page", BUDGETS)
def test_it_stays_within_its_budget(
    page: str, alice: User, rita: User, filled: Tenant, payroll: CreatedKey
) -> None:
    """Exactly: a page that got cheaper lowers its budget too."""
    client = signed_in(rita if page.startswith("/portfolio/") else alice)
    path = page.replace("TENANT", filled.public_id).replace("KEY", payroll.key.client_id)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    asked = [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]
    assert len(asked) == BUDGETS[page], "\n".join(asked)
