"""The cast's keys as callers of the canonical API."""

import pytest
from django.test import Client

from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import calling


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
