"""Secrets that look right and are not."""

from apikeys.credentials import ClientSecret, new_client_secret
from apikeys.services.keys import CreatedKey
from apikeys.services.platform_keys import CreatedPlatformKey


def with_client_id_of(created: CreatedKey | CreatedPlatformKey) -> ClientSecret:
    """A secret that names the key and is not its own."""
    client_id = created.secret.client_id
    return ClientSecret(client_id, client_id + new_client_secret("dev").text[len(client_id) :])
