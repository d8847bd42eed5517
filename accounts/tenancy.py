"""Tenancy: which rows an actor sees, and the lock under which a tenant's verbs decide."""

from typing import TYPE_CHECKING, Self

from django.db import connection, models

from accounts import waits

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.models.tenants import Tenant


class TenantScopedQuerySet[M: models.Model](models.QuerySet[M]):
    """Rows that belong to a tenant; the model names the way there in `tenant_path`."""

    def visible_to(self, actor: "Actor") -> Self:
        """The rows of the tenants that `actor` acts for: the only door in views and APIs."""
        path: str = self.model.tenant_path  # type: ignore[attr-defined]  # each scoped model has it
        return self.filter(actor.scope(path))


def lock_tenant(tenant: "Tenant") -> "Tenant":
    """Wait for the tenant's row and hold it until the transaction ends; the row as it is then.

    Every verb of a tenant starts here, so that counts, rights and states which it reads
    afterwards, in statements of their own, cannot change before it commits. NO KEY: rows that
    refer to the tenant may still be inserted meanwhile. Must run inside a transaction.

    Where it is not free at once and others wait for it already, Django's OperationalError says so
    (`waits.is_busy`).
    """
    tenants = type(tenant).objects
    free = tenants.select_for_update(no_key=True, skip_locked=True).filter(pk=tenant.pk).first()
    if free is not None:
        return free
    with connection.wrap_database_errors, waits.seat(tenant.pk):
        return tenants.select_for_update(no_key=True).get(pk=tenant.pk)
