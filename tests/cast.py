"""The cast, the same in every test.

Alice administers Northwind Traders, Bob is its GL, Vera its viewer. Charlie administers Contoso
Foods and must see nothing of Northwind. Paula administers Fabrikam, a partner organisation, and
Nina Juniper Books, which has no API access. Rita is Northwind's and Juniper's relationship manager.
Oscar operates the platform.

Ask for the tenant and the people a test needs; everybody can sign in with `factories.PASSWORD`.
"""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from accounts.models import StaffRole, Tenant, TenantKind, User
from accounts.roles import Role
from apikeys.models import AccessState
from apikeys.services.keys import CreatedKey
from tests.factories import acting, make_key, make_member, make_person, make_tenant


@pytest.fixture
def rita(db: None) -> User:
    """Northwind's relationship manager."""
    return make_person("Rita", staff_role=StaffRole.RELATIONSHIP_MANAGER)


@pytest.fixture
def oscar(db: None) -> User:
    """An operator of the platform."""
    return make_person("Oscar", staff_role=StaffRole.OPERATOR)


@pytest.fixture
def northwind(rita: User) -> Tenant:
    """Tenant A: a business account with API access, in Rita's portfolio."""
    return make_tenant("Northwind Traders", relationship_manager=rita)


@pytest.fixture
def contoso(db: None) -> Tenant:
    """Tenant B: another business account with API access, in no portfolio."""
    return make_tenant("Contoso Foods")


@pytest.fixture
def fabrikam(db: None) -> Tenant:
    """A partner organisation with API access."""
    return make_tenant("Fabrikam", kind=TenantKind.PARTNER)


@pytest.fixture
def juniper(rita: User) -> Tenant:
    """A business account without API access, in Rita's portfolio."""
    return make_tenant("Juniper Books", relationship_manager=rita, access=AccessState.NONE)


@pytest.fixture
def alice(northwind: Tenant) -> User:
    """Northwind's admin."""
    return make_member(northwind, Role.ADMIN, "Alice")


@pytest.fixture
def bob(northwind: Tenant) -> User:
    """Northwind's GL."""
    return make_member(northwind, Role.GL, "Bob")


@pytest.fixture
def vera(northwind: Tenant) -> User:
    """Northwind's viewer."""
    return make_member(northwind, Role.VIEWER, "Vera")


@pytest.fixture
def charlie(contoso: Tenant) -> User:
    """Contoso's admin; must see nothing of Northwind."""
    return make_member(contoso, Role.ADMIN, "Charlie")


@pytest.fixture
def paula(fabrikam: Tenant) -> User:
    """Fabrikam's admin."""
    return make_member(fabrikam, Role.ADMIN, "Paula")


@pytest.fixture
def nina(juniper: Tenant) -> User:
    """Juniper's admin."""
    return make_member(juniper, Role.ADMIN, "Nina")


@pytest.fixture
def payroll(northwind: Tenant, alice: User) -> CreatedKey:
    """Northwind's key "Payroll", a viewer, made by Alice; with it its secret."""
    return make_key(northwind, actor=acting(alice), name="Payroll", email="payroll@example.com")


@pytest.fixture
def admin_key(northwind: Tenant, alice: User) -> CreatedKey:
    """Northwind's key "Back office", an admin, made by Alice; with it its secret."""
    return make_key(northwind, actor=acting(alice), name="Back office", role=Role.ADMIN)


@pytest.fixture
def gl_key(northwind: Tenant, alice: User) -> CreatedKey:
    """Northwind's key "Till", a GL, made by Alice; with it its secret."""
    return make_key(northwind, actor=acting(alice), name="Till", role=Role.GL)


@pytest.fixture
def foreign_key(contoso: Tenant, charlie: User) -> CreatedKey:
    """Contoso's key "Payroll", an admin, made by Charlie; with it its secret."""
    return make_key(contoso, actor=acting(charlie), name="Payroll", role=Role.ADMIN)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash the tests' passwords cheaply; see tests/quick_passwords.py."""
    with override_settings(PASSWORD_HASHERS=["tests.quick_passwords.QuickArgon2"]):
        yield
