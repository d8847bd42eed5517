"""NUL, which PostgreSQL takes in no text, breaks no page."""

import pytest
from django.test import Client

from accounts.models import Tenant, User
from apikeys.services.keys import CreatedKey
from tests.factories import signed_in

COOKIE = 'session="aaaaaaaaaaaa\\000b"; csrf="aaaa\\000"'
"""As a client may write it: the quoted form spells any byte in digits."""


@pytest.mark.parametrize(
    "path",
    [
        *("%00/", "account/a%00b/", "account/TENANT/keys/%00/", "account/TENANT/keys/%00/edit/"),
        *("account/TENANT/members/%00/role/", "account/TENANT/members/invitations/%00/cancel/"),
        *("portfolio/%00/", "portfolio/TENANT/keys/%00/delete/", "invitation/%00/"),
        *("accounts/password/reset/key/%00-%00/", "accounts/confirm-email/%00/", "ops/%00/"),
    ],
)
def test_an_address_with_it_leads_nowhere(
    path: str, alice: User, rita: User, northwind: Tenant, payroll: CreatedKey
) -> None:
    address = "/" + path.replace("TENANT", northwind.public_id)
    for client in (Client(), signed_in(alice), signed_in(rita)):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404


@pytest.mark.parametrize("path", ["/account/", "/accounts/login/", "/docs/", "/help/", "/ops/"])
def test_a_cookie_with_it_is_no_cookie(path: str, db: None) -> None:
    client = Client()
    odd, none = client.get(path, HTTP_COOKIE=COOKIE), client.get(path)
    assert odd.status_code == none.status_code
    assert client.post("/accounts/login/", HTTP_COOKIE=COOKIE).status_code == 200


def test_one_odd_cookie_ends_no_session(alice: User) -> None:
    client = signed_in(alice)
    client.cookies["odd"] = "a\0b"
    assert client.get("/account/").status_code == 200
