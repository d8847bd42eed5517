"""Requests to the REST APIs count as use of their key, in the portal's own processes."""

import httpx
import pytest

from apikeys.models import KeyUseDay
from apikeys.services.keys import CreatedKey
from tests.noted_uses import written
from tests.served_portal import ServedPortal


@pytest.mark.django_db(transaction=True)
def test_the_portal_counts_what_its_apis_are_asked(
    served_portal: ServedPortal, payroll: CreatedKey
) -> None:
    for _ in range(3):
        url = f"{served_portal.url}/v1/api-key/self"
        assert httpx.get(url, headers={"api-key": payroll.secret.text}).status_code == 200
    written(lambda: _accepted() == 3)
    assert _accepted() == 3


def _accepted() -> int:
    return sum(KeyUseDay.objects.values_list("accepted", flat=True))
