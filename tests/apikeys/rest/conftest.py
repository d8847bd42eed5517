"""The cast's keys as callers of the REST APIs, a platform key, and an access token."""

import pytest
from django.test import Client

from accounts.models import Tenant
from apikeys.models import PlatformKeyKind
from apikeys.services.keys import CreatedKey
from apikeys.services.platform_keys import CreatedPlatformKey, create_platform_key
from tests.apikeys.rest.merchant.calls import calling, merchant
from tests.apikeys.rest.oauth.calls import token_of
from tests.factories import PLATFORM


@pytest.fixture
def platform_key(db: None) -> CreatedPlatformKey:
    """The platform's key "Onboarding"; with it its secret."""
    return create_platform_key(actor=PLATFORM, name="Onboarding")


@pytest.fixture
def introspecting_key(db: None) -> CreatedPlatformKey:
    """The platform's key "Reports", which only asks about access tokens."""
    return create_platform_key(actor=PLATFORM, name="Reports", kind=PlatformKeyKind.INTROSPECT)


@pytest.fixture
def platform(platform_key: CreatedPlatformKey) -> Client:
    """The platform key, calling."""
    return calling(platform_key)


@pytest.fixture
def admin(admin_key: CreatedKey) -> Client:
    """Northwind's admin key, calling."""
    return calling(admin_key)


@pytest.fixture
def gl(gl_key: CreatedKey) -> Client:
    """Northwind's GL key, calling."""
    return calling(gl_key)


@pytest.fixture
def viewer(payroll: CreatedKey) -> Client:
    """Northwind's viewer key, calling."""
    return calling(payroll)


@pytest.fixture
def foreigner(foreign_key: CreatedKey) -> Client:
    """Contoso's admin key, calling."""
    return calling(foreign_key)


@pytest.fixture
def url(northwind: Tenant) -> str:
    """Northwind's keys in the merchant API."""
    return merchant(northwind)


@pytest.fixture
def token(admin_key: CreatedKey) -> str:
    """An access token of Northwind's admin key."""
    return token_of(admin_key)
