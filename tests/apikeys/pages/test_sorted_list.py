"""What people type into the search of a list is read as the texts are stored that it looks in."""

from urllib.parse import quote

import pytest

from accounts.models import Tenant, User
from tests.factories import make_key, make_tenant, signed_in

SPELLINGS = {
    "composed of two characters": "Cafe\u0301 Ru\u0308diger",
    "a no-break space": "Café\u00a0Rüdiger",
    "spaces and a tab": "  Café \t Rüdiger ",
    "a character without width": "Ca\u200bfé Rüdiger\ufeff",
    "a NUL": "Café Rüdiger\x00",
}


@pytest.mark.parametrize("typed", SPELLINGS.values(), ids=SPELLINGS)
def test_it_finds_names_in_whatever_spelling(
    typed: str, northwind: Tenant, alice: User, rita: User
) -> None:
    make_key(northwind, name="Café Rüdiger")
    make_tenant("Café Rüdiger", relationship_manager=rita)
    for person, path in (
        (alice, f"/account/{northwind.public_id}/keys/"),
        (rita, "/portfolio/"),
    ):
        rows = signed_in(person).get(f"{path}?q={quote(typed)}").context["rows"]
        assert [row.name for row in rows] == ["Café Rüdiger"]
