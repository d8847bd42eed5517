"""What clients look up before they ask for a token: RFC 8414."""

from typing import Any

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from django.test import Client

from apikeys.rest.routes import METADATA_ROOT
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import SELF
from tests.apikeys.rest.oauth.calls import error
from tests.served_portal import ServedPortal


def test_a_client_finds_its_way_from_the_issuer_alone(
    served_portal: ServedPortal, admin_key: CreatedKey
) -> None:
    with OAuth2Session(admin_key.key.client_id, admin_key.secret.text) as client:
        found = client.request("GET", served_portal.url + METADATA_ROOT, withhold_token=True).json()
        assert found["issuer"] == served_portal.url
        token = client.fetch_token(found["token_endpoint"], grant_type="client_credentials")
        answer = client.introspect_token(found["introspection_endpoint"], token["access_token"])
        assert answer.json()["active"] is True
        assert token["scope"] in found["scopes_supported"]
        assert client.get(served_portal.url + SELF).status_code == 200


def test_it_is_metadata_by_the_rfc(settings: Any) -> None:
    settings.PORTAL_URL = "https://portal.example"
    said = AuthorizationServerMetadata(Client().get(METADATA_ROOT).json())
    said.validate_issuer()
    said.validate_token_endpoint()
    said.validate_grant_types_supported()
    said.validate_scopes_supported()
    said.validate_token_endpoint_auth_methods_supported()
    said.validate_introspection_endpoint()
    assert said["response_types_supported"] == []  # nobody is sent to a page that asks for consent


def test_it_is_only_read() -> None:
    answer = Client().post(METADATA_ROOT)
    error(answer, 405, "invalid_request")
    assert answer["Allow"] == "GET, HEAD"
