"""A tenant that begins without API access, and its admin."""

import pytest

from accounts.models import Tenant, User
from accounts.roles import Role
from apikeys.models import AccessState
from tests.factories import make_member, make_tenant


@pytest.fixture
def juniper(rita: User) -> Tenant:
    """A business account without API access, in Rita's portfolio."""
    return make_tenant("Juniper Books", relationship_manager=rita, access=AccessState.NONE)


@pytest.fixture
def nina(juniper: Tenant) -> User:
    """Juniper's admin."""
    return make_member(juniper, Role.ADMIN, "Nina")
