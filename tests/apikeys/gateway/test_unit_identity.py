"""The real unit lets a good key pass and says whose it is."""

import httpx
import pytest

from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.asking import VERIFY, asked, basic, check, passed, showing
from tests.served_gateway import ServedGateway


def test_it_names_the_key_its_account_and_its_role(
    served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    answer = check(served_gateway, [*asked("POST"), *showing(gl_key)])
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-client-id"] == gl_key.key.client_id
    assert answer.headers["x-tenant-id"] == gl_key.key.tenant.public_id
    assert answer.headers["x-key-role"] == "GL"
    assert answer.headers["cache-control"] == "no-store"
    assert not {"set-cookie", "location", "x-auth-error"} & set(answer.headers)


@pytest.mark.parametrize("form", ["api-key", "x-api-key", "bearer", "basic"])
def test_it_takes_every_form(form: str, served_gateway: ServedGateway, payroll: CreatedKey) -> None:
    text, client_id = payroll.secret.text, payroll.key.client_id
    header = {
        "bearer": ("Authorization", f"Bearer {text}"),
        "basic": ("Authorization", basic(client_id, text)),
    }.get(form, (form, text))
    assert passed(check(served_gateway, [*asked(), header])) == client_id


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PURGE"])
@pytest.mark.parametrize("suffix", ["", "/", "/users/7", "/a%2f..%2fb?q=1", "?x=1", "/%C3%A9"])
def test_it_does_not_care_how_nginx_asks(
    method: str, suffix: str, served_gateway: ServedGateway, payroll: CreatedKey
) -> None:
    answer = check(
        served_gateway, [*asked(), *showing(payroll)], method=method, suffix=suffix, content=b"{}"
    )
    assert passed(answer) == payroll.key.client_id


def test_it_answers_again_on_the_same_connection_after_a_body(
    served_gateway: ServedGateway, payroll: CreatedKey
) -> None:
    with httpx.Client(base_url=served_gateway.url, timeout=30) as client:
        for _ in range(5):
            headers = [*asked(), *showing(payroll)]
            assert client.post(VERIFY, headers=headers, content=b"x" * 70_000).status_code != 500
            assert client.get("/livez").status_code == 200


def test_it_leaves_the_apis_own_authorization_alone(
    served_gateway: ServedGateway, payroll: CreatedKey
) -> None:
    jwt = ("Authorization", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln")
    assert passed(check(served_gateway, [*asked(), *showing(payroll), jwt]))


def test_it_serves_nothing_else(served_gateway: ServedGateway) -> None:
    with httpx.Client(base_url=served_gateway.url) as client:
        assert client.get("/livez").status_code == 200
        for path in ("/", "/gateway", "/gateway/verifyx", "/gateway/verify*", "/v1/api-key/keys"):
            assert client.get(path).status_code == 404
