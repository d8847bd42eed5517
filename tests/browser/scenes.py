"""Northwind's keys in every state, for tests that look at pages rather than at behaviour."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now

from accounts.models import Tenant, User
from accounts.roles import Role
from apikeys.models import ApiKey, KeyUsage
from apikeys.services.keys import revoke_key
from tests.factories import acting, end_membership, let_expire, make_key, make_member


@dataclass(frozen=True)
class Scene:
    """Keys by what is special about them."""

    used: ApiKey
    expiring: ApiKey
    expired: ApiKey
    deleted: ApiKey
    unused: ApiKey


def fill(tenant: Tenant, admin: User) -> Scene:
    """Five keys in varied states, one made by somebody who left."""
    leaver = make_member(tenant, Role.ADMIN, "Dana Whitfield")
    actor = acting(admin)
    unused = make_key(tenant, actor=acting(leaver), name="Accounting export").key
    deleted = make_key(tenant, actor=actor, name="Legacy import").key
    expired = make_key(tenant, actor=actor, name="Month-end reports").key
    expiring = make_key(tenant, actor=actor, name="Payroll", role=Role.GL).key
    used = make_key(tenant, actor=actor, name="Operations console", role=Role.ADMIN).key
    for days, key in enumerate((used, expiring, expired, deleted, unused)):
        ApiKey.objects.filter(pk=key.pk).update(created_at=Now() - timedelta(days=1 + 40 * days))
    end_membership(leaver, tenant)
    revoke_key(actor=actor, key=deleted, reason="Replaced by Payroll")
    let_expire(expired, ago=timedelta(days=1))
    ApiKey.objects.filter(pk=expiring.pk).update(expires_at=Now() + timedelta(days=9))
    KeyUsage.objects.create(
        key=used, last_used_at=Now() - timedelta(minutes=3), last_used_from="192.0.2.14"
    )
    return Scene(used, expiring, expired, deleted, unused)
