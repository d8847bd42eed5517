"""Indexes for the portfolio's sorts and searches, made while the portal goes on serving."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Lower, Upper


def need_trigrams(apps: Any, schema_editor: Any) -> None:
    """Make the extension where it is missing and the owner may; the operator makes it otherwise.

    No way back: the extension may have been there before, and others may use it.
    """
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if cursor.fetchone() is None:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")


class Migration(migrations.Migration):
    # While PostgreSQL makes an index concurrently, writes go on. It cannot do so in a transaction.
    atomic = False

    dependencies: ClassVar = [("accounts", "0003_people_around_the_keys")]

    operations: ClassVar = [
        migrations.RunPython(need_trigrams, migrations.RunPython.noop),
        # It waits for every transaction that is older, and giving up would leave a broken index.
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        AddIndexConcurrently("tenant", models.Index(Lower("name"), "id", name="tenant_by_name")),
        AddIndexConcurrently(
            "tenant",
            models.Index("relationship_manager", Lower("name"), "id", name="tenant_managed_name"),
        ),
        AddIndexConcurrently(
            "tenant", models.Index(fields=["created_at", "id"], name="tenant_by_created")
        ),
        AddIndexConcurrently(
            "tenant",
            models.Index(
                fields=["relationship_manager", "created_at", "id"], name="tenant_managed_created"
            ),
        ),
        AddIndexConcurrently(
            "tenant",
            models.Index(OpClass(Upper("name"), "text_pattern_ops"), name="tenant_name_beginning"),
        ),
        AddIndexConcurrently(
            "tenant", GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="tenant_name_trigrams")
        ),
        AddIndexConcurrently(
            "tenant",
            GinIndex(OpClass(Upper("public_id"), "gin_trgm_ops"), name="tenant_id_trigrams"),
        ),
        AddIndexConcurrently(
            "user",
            GinIndex(fields=["email"], opclasses=["gin_trgm_ops"], name="user_email_trigrams"),
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
