"""A pepper that a process lacks is our fault: 503 for the key's owner, and a line in the log."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical import calls as canonical
from tests.apikeys.rest.merchant import calls as merchant
from tests.apikeys.rest.oauth import calls as oauth

pytestmark = pytest.mark.django_db

DOORS: dict[str, Callable[[CreatedKey], canonical.Answer]] = {
    "canonical": lambda key: canonical.calling(key).get(canonical.SELF),
    "merchant": lambda key: merchant.calling(key).get(f"{merchant.merchant(key.key.tenant)}/list"),
    "oauth": oauth.by_basic,
    "hubpay": oauth.by_hubpay,
    "introspection": lambda key: oauth.introspect(key, "any"),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_missing_pepper_is_no_wrong_secret(door: str, admin_key: CreatedKey) -> None:
    ApiKey.objects.update(pepper_number=9)
    with capture_logs() as log:
        answer = DOORS[door](admin_key)
    assert answer.status_code == 503, answer.content
    assert answer["Retry-After"]
    assert [line["number"] for line in log if line["event"] == "pepper_missing"] == [9]
