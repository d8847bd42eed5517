"""Which keys an actor sees, and what a key may as an actor."""

import pytest

from accounts.models import AuditEvent, Tenant, User
from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from apikeys.errors import ActorEnded
from apikeys.key_actor import KeyActor
from apikeys.models import AccessState, ApiAccess, ApiKey, KeyUsage
from apikeys.proof.use_log import UseLog
from apikeys.proof.verify import verify_secret
from apikeys.services.keys import CreatedKey, assign_role, revoke_key
from tests.factories import PLATFORM, acting, let_expire, make_key, put_access

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def used_keys(payroll: CreatedKey, foreign_key: CreatedKey, fabrikam: Tenant, uses: UseLog) -> None:
    """A key in each of three tenants, all used."""
    for created in (payroll, foreign_key, make_key(fabrikam)):
        verify_secret(created.secret, address=None)
    uses.flush()


@pytest.mark.parametrize(
    ("member", "sees"),
    [
        ("alice", {"northwind"}),
        ("bob", {"northwind"}),
        ("vera", {"northwind"}),
        ("charlie", {"contoso"}),
        ("paula", {"fabrikam"}),
        ("rita", set()),
        ("oscar", set()),
    ],
)
def test_it_shows_members_the_keys_access_and_use_of_their_tenants_alone(
    member: str, sees: set[str], request: pytest.FixtureRequest
) -> None:
    actor = acting(request.getfixturevalue(member))
    tenants: set[Tenant] = {request.getfixturevalue(name) for name in sees}
    assert {key.tenant for key in ApiKey.objects.visible_to(actor)} == tenants
    assert {use.key.tenant for use in KeyUsage.objects.visible_to(actor)} == tenants
    assert {access.tenant for access in ApiAccess.objects.visible_to(actor)} == tenants


def test_it_shows_a_key_its_own_tenant_alone(
    payroll: CreatedKey, foreign_key: CreatedKey, northwind: Tenant
) -> None:
    actor = KeyActor(payroll.key)
    assert set(ApiKey.objects.visible_to(actor)) == {payroll.key}
    assert {event.tenant for event in AuditEvent.objects.visible_to(actor)} == {northwind}


def test_it_shows_the_platform_all_keys() -> None:
    assert ApiKey.objects.visible_to(PLATFORM).count() == 3


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_it_lets_a_key_do_what_a_member_of_its_role_may(
    role: Role, permission: Permission, northwind: Tenant, contoso: Tenant
) -> None:
    actor = KeyActor(make_key(northwind, role=role).key)
    assert actor.may(permission, northwind) is (permission in ROLE_PERMISSIONS[role])
    assert not actor.may(permission, contoso)


def test_it_leaves_a_revoked_key_no_right(payroll: CreatedKey, northwind: Tenant) -> None:
    key = revoke_key(actor=PLATFORM, key=payroll.key)
    assert KeyActor(key).role_in(northwind) is None


@pytest.mark.parametrize("end", ["revoked", "expired", "suspended"])
def test_it_ends_an_actor_with_its_key(end: str, payroll: CreatedKey, northwind: Tenant) -> None:
    actor = KeyActor(payroll.key)
    assert actor.reread().key == payroll.key
    match end:
        case "revoked":
            revoke_key(actor=PLATFORM, key=payroll.key)
        case "expired":
            let_expire(payroll.key)
        case _:
            put_access(northwind, AccessState.SUSPENDED)
    with pytest.raises(ActorEnded):
        actor.reread()


def test_it_reads_a_keys_role_again(admin_key: CreatedKey, northwind: Tenant, alice: User) -> None:
    actor = KeyActor(admin_key.key)
    assign_role(actor=acting(alice), key=ApiKey.objects.get(name="Back office"), role=Role.GL)
    assert actor.reread().role_in(northwind) == Role.GL
