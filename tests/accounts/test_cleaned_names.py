"""The migrations that clean what was stored before `accounts.text_rules` cleaned it."""

import importlib

import pytest
from django.db import connection

from accounts.models import Tenant, User
from accounts.text_rules import one_line
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey

pytestmark = pytest.mark.django_db

CLEANING = importlib.import_module("accounts.migrations.0013_clean_names").cleaning

STORED = {
    "Beta  Ltd": "Beta Ltd",
    " Beta\u00a0\u2003Ltd\t": "Beta Ltd",
    "Be\u200bta\u00ad Ltd\ufeff": "Beta Ltd",
    "Cafe\u0301": "Café",
    "Be\u202eta\u0007": "Beta",
    "Beta\r\nLtd": "Beta Ltd",
    "Beta Ltd": "Beta Ltd",
    "\u0627\u0644\u062f\u0641\u0639": "\u0627\u0644\u062f\u0641\u0639",
    "\U0001f469\u200d\U0001f4bb": "\U0001f469\u200d\U0001f4bb",
    "\u202e": "\u202e",
    "\u0958": "\u0958",
}
"""A stored name to the cleaned one. The last two would become empty, or longer."""


@pytest.mark.parametrize("name", STORED, ids=ascii)
def test_it_cleans_names_as_they_are_stored_today(
    name: str, northwind: Tenant, alice: User, payroll: CreatedKey
) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(name=name)
    User.objects.filter(pk=alice.pk).update(name=name)
    ApiKey.objects.filter(pk=payroll.key.pk).update(name=name)
    with connection.cursor() as cursor:
        for table in ("accounts_tenant", "accounts_user", "apikeys_apikey"):
            cursor.execute(CLEANING(table, "name"))
    for row in (northwind, alice, payroll.key):
        row.refresh_from_db()
        assert row.name == STORED[name]


@pytest.mark.parametrize("name", [clean for name, clean in STORED.items() if name != clean])
def test_a_cleaned_name_is_what_the_rules_make_of_it(name: str) -> None:
    assert one_line(name) == name
