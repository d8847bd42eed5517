"""Tenancy: which rows an actor sees, and the lock under which a tenant's verbs decide."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, Self

from django.db import OperationalError, connection, models
from psycopg.errors import QueryCanceled

from accounts import waits


class Scope(Protocol):
    """Something that says which rows are seen; every actor does."""

    def scope(self, path: str) -> models.Q:
        """The condition on the tenant that `path` leads to."""


@dataclass(frozen=True, slots=True)
class TenantScope:
    """The rows of one tenant: what its keys see, also for a query made before a key asks."""

    tenant_pk: int

    def scope(self, path: str) -> models.Q:
        """The condition on the tenant that `path` leads to."""
        return models.Q(**{path: self.tenant_pk})


class TenantScopedQuerySet[M: models.Model](models.QuerySet[M]):
    """Rows that belong to a tenant; the model names the way there in `tenant_path`."""

    def visible_to(self, actor: Scope) -> Self:
        """The rows of the tenants that `actor` acts for: the only door in views and APIs."""
        path: str = self.model.tenant_path  # type: ignore[attr-defined]  # each scoped model has it
        return self.filter(actor.scope(path))


def lock_tenant[T: models.Model](tenant: T) -> T:
    """Wait for the tenant's row and hold it until the transaction ends; the row as it is then.

    Every verb of a tenant starts here, so that counts, rights and states which it reads
    afterwards, in statements of their own, cannot change before it commits. NO KEY: rows that
    refer to the tenant may still be inserted meanwhile. Must run inside a transaction.

    Where it is not free at once and others wait for it already, Django's OperationalError says so
    (`waits.is_busy`).
    """
    tenants = type(tenant)._default_manager
    free = tenants.select_for_update(no_key=True, skip_locked=True).filter(pk=tenant.pk).first()
    if free is not None:
        return free
    with connection.wrap_database_errors, waits.seat(tenant.pk), _within_lock_timeout():
        return tenants.select_for_update(no_key=True).get(pk=tenant.pk)


@contextmanager
def _within_lock_timeout() -> Iterator[None]:
    """A statement inside waits no longer than for one lock.

    A row that several wait for is two locks: one to be the next, and one to have it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', current_setting('lock_timeout'), true)"
        )
        try:
            yield
        except OperationalError as error:
            if isinstance(error.__cause__, QueryCanceled):
                raise waits.Busy("Nobody let go of it in time.") from None
            raise
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
