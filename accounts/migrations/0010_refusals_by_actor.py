"""An index for the question whether a refusal was written a moment ago."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # While PostgreSQL makes an index concurrently, writes go on. It cannot do so in a transaction.
    atomic = False

    dependencies: ClassVar = [("accounts", "0009_permission_labels")]

    operations: ClassVar = [
        # It waits for every transaction that is older, and giving up would leave a broken index.
        migrations.RunSQL("SET lock_timeout = 0", "RESET lock_timeout"),
        AddIndexConcurrently(
            "auditevent",
            models.Index(
                fields=["actor_id", "at"],
                condition=models.Q(outcome="refused"),
                name="audit_refusals",
            ),
        ),
        migrations.RunSQL("RESET lock_timeout", "SET lock_timeout = 0"),
    ]
