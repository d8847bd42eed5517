"""A platform key, and an access token."""

import pytest

from apikeys.services.keys import CreatedKey
from apikeys.services.platform_keys import CreatedPlatformKey, create_platform_key
from tests.apikeys.rest.oauth.calls import token_of
from tests.factories import PLATFORM


@pytest.fixture
def platform_key(db: None) -> CreatedPlatformKey:
    """The platform's key "Onboarding"; with it its secret."""
    return create_platform_key(actor=PLATFORM, name="Onboarding")


@pytest.fixture
def token(admin_key: CreatedKey) -> str:
    """A token of Northwind's admin key."""
    return token_of(admin_key)
