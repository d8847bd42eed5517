"""Clients that others made fetch a token from the live server and use it."""

import pytest
import requests_oauthlib
from authlib.integrations.requests_client import OAuth2Session
from oauthlib.oauth2 import BackendApplicationClient, InvalidClientError

from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import SELF, wrong_secret
from tests.apikeys.rest.oauth.calls import INTROSPECT, OAUTH_TOKEN
from tests.served_portal import ServedPortal


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib(method: str, served_portal: ServedPortal, admin_key: CreatedKey) -> None:
    client_id, secret = admin_key.key.client_id, admin_key.secret.text
    with OAuth2Session(client_id, secret, token_endpoint_auth_method=method) as client:
        token = client.fetch_token(served_portal.url + OAUTH_TOKEN, grant_type="client_credentials")
        assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
        assert client.get(served_portal.url + SELF).json()["client_id"] == client_id


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_introspects(
    method: str, served_portal: ServedPortal, admin_key: CreatedKey
) -> None:
    client_id, secret = admin_key.key.client_id, admin_key.secret.text
    with OAuth2Session(client_id, secret, token_endpoint_auth_method=method) as client:
        token = client.fetch_token(served_portal.url + OAUTH_TOKEN, grant_type="client_credentials")
        answer = client.introspect_token(
            served_portal.url + INTROSPECT, token["access_token"], "access_token"
        )
    assert answer.json()["active"] is True


@pytest.mark.parametrize("in_form", [True, False])
def test_requests_oauthlib(
    served_portal: ServedPortal,
    payroll: CreatedKey,
    monkeypatch: pytest.MonkeyPatch,
    *,
    in_form: bool,
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the test's server speaks plain HTTP
    client_id, secret = payroll.key.client_id, payroll.secret.text
    client = BackendApplicationClient(client_id=client_id)
    with requests_oauthlib.OAuth2Session(client=client) as session:
        session.fetch_token(
            served_portal.url + OAUTH_TOKEN,
            client_id=client_id,
            client_secret=secret,
            include_client_id=in_form,
            auth=None if in_form else (client_id, secret),
        )
        assert session.get(served_portal.url + SELF).json()["client_id"] == client_id


def test_requests_oauthlib_knows_the_error(
    served_portal: ServedPortal, payroll: CreatedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    client = BackendApplicationClient(client_id=payroll.key.client_id)
    with (
        requests_oauthlib.OAuth2Session(client=client) as session,
        pytest.raises(InvalidClientError, match="not accepted"),
    ):
        session.fetch_token(
            served_portal.url + OAUTH_TOKEN,
            client_id=payroll.key.client_id,
            client_secret=wrong_secret(payroll),
        )
