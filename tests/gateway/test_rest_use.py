"""Requests to the REST APIs count as use of their key, in the portal's own processes."""

from time import monotonic

import httpx
import pytest
from django.db import connection

from apikeys.models import KeyUseDay
from apikeys.services.keys import CreatedKey
from tests.served_portal import ServedPortal

PATIENCE = 30.0
"""Seconds; the portal writes every two."""


@pytest.mark.django_db(transaction=True)
def test_the_portal_counts_what_its_apis_are_asked(
    served_portal: ServedPortal, payroll: CreatedKey
) -> None:
    for _ in range(3):
        url = f"{served_portal.url}/v1/api-key/self"
        assert httpx.get(url, headers={"api-key": payroll.secret.text}).status_code == 200
    end = monotonic() + PATIENCE
    while monotonic() < end:
        if sum(KeyUseDay.objects.values_list("accepted", flat=True)) == 3:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.1)")
    raise AssertionError(list(KeyUseDay.objects.values()))
