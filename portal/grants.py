"""What the application's database role may do, table by table.

The owner grants after every migration (`grant_after_migrate`, connected to ``post_migrate``): a new
table is usable at once, and what the application may not do stands in EXCEPTIONS and nowhere else.
Connect it with the configuration of an app that has models as sender; Django tells no other.
"""

import os
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from portal.database import app_role

USUAL = ("SELECT", "INSERT", "UPDATE", "DELETE")
WITHOUT_DELETE = ("SELECT", "INSERT", "UPDATE")

# Tenants, people and keys are closed, disabled or revoked, never deleted. Events are written once.
EXCEPTIONS: dict[str, tuple[str, ...]] = {
    "accounts_auditevent": ("SELECT", "INSERT"),
    "accounts_tenant": WITHOUT_DELETE,
    "accounts_user": WITHOUT_DELETE,
    "accounts_membership": WITHOUT_DELETE,
    "accounts_invitation": WITHOUT_DELETE,
    "accounts_emailchange": WITHOUT_DELETE,
    "apikeys_accessrequest": WITHOUT_DELETE,
    "apikeys_apiaccess": WITHOUT_DELETE,
    "apikeys_apikey": WITHOUT_DELETE,
    "apikeys_platformkey": WITHOUT_DELETE,
    "django_migrations": ("SELECT",),
}

RELATIONS = """
    SELECT c.relname, c.relkind = 'S' FROM pg_class c
    JOIN pg_roles r ON r.oid = c.relowner
    WHERE c.relnamespace = current_schema()::regnamespace
      AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND pg_has_role(current_user, r.oid, 'USAGE')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1
"""


def privileges_on(table: str) -> tuple[str, ...]:
    """Return what the application may do with `table`."""
    return EXCEPTIONS.get(table, USUAL)


def apply_grants(connection: BaseDatabaseWrapper, app_role: str) -> None:
    """Give `app_role` exactly what this file says, on every relation the connected owner owns.

    Everything is revoked first, in the same transaction: what somebody granted by hand, or an older
    version of this file did, ends here, and no moment exists in which the role has nothing.
    """
    role = sql.Identifier(app_role)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = sql.Identifier(cursor.fetchone()[0])
        cursor.execute(RELATIONS)
        relations = cursor.fetchall()
        for receiver in (sql.SQL("PUBLIC"), role):
            cursor.execute(sql.SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(schema, receiver))
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role))
        for name, is_sequence in relations:
            kind = sql.SQL("SEQUENCE" if is_sequence else "TABLE")
            allowed = ("USAGE", "SELECT") if is_sequence else privileges_on(name)
            relation = sql.SQL("{} {}.{}").format(kind, schema, sql.Identifier(name))
            for receiver in (sql.SQL("PUBLIC"), role):
                cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(relation, receiver))
            cursor.execute(
                sql.SQL("GRANT {} ON {} TO {}").format(
                    sql.SQL(", ").join(map(sql.SQL, allowed)), relation, role
                )
            )


def grant_after_migrate(using: str, **_: Any) -> None:
    """Receive ``post_migrate``: grant.

    With a single role (no DATABASE_OWNER_URL) there is nobody to grant to.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        current_user = cursor.fetchone()[0]
    role = app_role(os.environ)
    if current_user != role:
        apply_grants(connection, role)
